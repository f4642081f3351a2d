/** The icon: items in a row, and one that comes round again. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="8" fill="#0b6e6e"/>
<path d="M9 12.5a8 8 0 1 1-.9 6" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round"/>
<path d="M5.5 9.5l3.2 4 4.3-2.8" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/>
<circle cx="16" cy="16" r="2.6" fill="#ffd166"/>
</svg>
`;
