import type { Alert } from "#core/alert.ts";

let alerts = 0;

/** An alert of rule `auth.test` about the user mallory, unless told otherwise. */
export function someAlert(alert: Partial<Alert> = {}): Alert {
  return {
    id: `alert-${++alerts}`,
    dedupKey: "d",
    ruleId: "r",
    ruleName: "auth.test",
    title: "Test",
    description: "",
    reason: "",
    severity: "high",
    tags: [],
    falsePositives: [],
    count: 5,
    firstSeenUnixNano: 1n,
    lastSeenUnixNano: 2n,
    detectedUnixNano: 2n,
    entities: { user: "mallory", clientAddress: "203.0.113.9" },
    evidence: [],
    ...alert,
  };
}
