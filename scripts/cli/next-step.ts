/** What somebody at the CLI can do about a refusal, by the type of its problem. */
const nextSteps: Readonly<Record<string, string>> = {
  unauthenticated: "sign in: novacron login; a token may have ended, or be another deployment's",
  "sign-in-refused":
    "without the authenticator app, a recovery code does; without both, an admin helps by novacron principals reset",
  "step-up": "run it at a terminal, which can ask for one",
  "person-needed": "sign in as a person: novacron login",
  forbidden: "what you may do: novacron account show",
  "out-of-scope": "what you may do: novacron account show",
  "address-not-allowed": "from an address that is, an admin can add it: novacron admin allowlist",
  "role-in-use": "who has it: novacron principals ls",
  "own-address": "with --force, if you mean it",
  "too-wide": "with --force, if you mean it",
  untraced: "others of that time: novacron routes traces, with --colo and --refused",
  "failover-in-progress": "how it stands: novacron region failovers",
};

export const nextStep = (type: string): string | undefined => nextSteps[type.replace(/^\/problems\//, "")];
