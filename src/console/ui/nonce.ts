// The nonce without which the browser takes no style element, read from the page as it was served.

const nonce = document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? '';

// Dialogs lock scrolling with a style element of their own, made by a library that looks for the nonce here.
Object.assign(globalThis, { __webpack_nonce__: nonce });

export function styleNonce(): string {
  return nonce;
}
