/** The part of WebAssembly that Tidewatch uses; Node has it, its type package and the ES library leave it out. */
declare namespace WebAssembly {
  class Memory {
    /** Replaced by another one when the memory grows. */
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  type Module = object;
  const Module: new (bytes: Uint8Array) => Module;
  class Instance {
    constructor(module: Module);
    readonly exports: Readonly<Record<string, unknown>>;
  }
}
