const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const fraction = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

/** A number with its significant digits: 145,230 or 0.0653. */
export function formatNumber(value: number): string {
  return (value < 100 ? fraction : whole).format(value);
}
