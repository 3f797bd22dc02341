/** A promise and how to resolve it. */
export interface Gate {
  readonly promise: Promise<void>;
  readonly open: () => void;
}

export function gate(): Gate {
  let open: (() => void) | undefined;
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open: () => open?.() };
}
