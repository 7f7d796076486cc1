import * as z from "zod";
import { compilePattern, type Pattern } from "#core/pattern.ts";

/** A list of RE2 expressions, compiled. */
export function patterns() {
  return z
    .array(
      z.string().transform((source, check): Pattern => {
        const pattern = compilePattern(source);
        if (typeof pattern !== "string") return pattern;
        check.addIssue({ code: "custom", message: pattern });
        return z.NEVER;
      }),
    )
    .default([]);
}
