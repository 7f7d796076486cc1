/** A playbook that every alert of `auth.*` starts, from the YAML of its inputs, mode and steps. */
export function playbookText(name: string, rest: string): string {
  return `
playbook: ${name}
version: 1
owner: dba
summary: Under test.
on: { alert: ["auth.*"] }
${rest.trim()}
`;
}
