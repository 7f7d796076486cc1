/** Operations on files under the run's folder, as the program asked for them; one line of JSON each. */
export type Operation =
  | { readonly kind: "open"; readonly path: string; readonly flags: string; readonly handle: number }
  /** `at`: null is the handle's own position, which is the end with `a`. Bytes in base64. */
  | { readonly kind: "write"; readonly handle: number; readonly at: number | null; readonly bytes: string }
  | { readonly kind: "truncate"; readonly handle: number; readonly sizeBytes: number }
  /** Of a file, or of a directory that is open. */
  | { readonly kind: "sync"; readonly handle: number }
  | { readonly kind: "rename" | "link"; readonly path: string; readonly to: string }
  | { readonly kind: "remove" | "makeDirectory"; readonly path: string };

/** An operation is noted before it begins, and by its number when it has succeeded. */
export type JournalLine =
  | { readonly number: number; readonly operation: Operation }
  | { readonly done: number; readonly bytesWritten?: number }
  | { readonly failed: number };
