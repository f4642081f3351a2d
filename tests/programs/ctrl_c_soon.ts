// Loaded before an example: someone presses Ctrl-C a second after it begins to listen for that.
Deno.addSignalListener = (_signal, listener) => void setTimeout(listener, 1_000);
