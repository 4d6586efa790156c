import { Command } from "commander";
import manifest from "../../package.json" with { type: "json" };
import type { AddressSection } from "../../src/table/table.ts";
import { type Cli, createCli, type Terminal } from "./cli.ts";
import { declareCloudflare } from "./cloudflare-group.ts";
import type { EntityGroup } from "./entity-group.ts";
import { helpOfUsage } from "./help.ts";
import { declareAccountPassword } from "./verb/account-password.ts";
import { declareAccountRecoveryCodes } from "./verb/account-recovery-codes.ts";
import { declareAccountShow } from "./verb/account-show.ts";
import { declareAccountTotp } from "./verb/account-totp.ts";
import { declareAddressesAdd } from "./verb/addresses-add.ts";
import { declareAddressesList } from "./verb/addresses-list.ts";
import { declareAddressesRemove } from "./verb/addresses-remove.ts";
import { declareAddressesShow } from "./verb/addresses-show.ts";
import { declareAdminAllowlist } from "./verb/admin-allowlist.ts";
import { declareAdminInit } from "./verb/admin-init.ts";
import { declareAuditExport } from "./verb/audit-export.ts";
import { declareAuditList } from "./verb/audit-list.ts";
import { declareAuditVerify } from "./verb/audit-verify.ts";
import { declareCompletion } from "./verb/completion.ts";
import { declareDnsQuery } from "./verb/dns-query.ts";
import { declareDnsValidate } from "./verb/dns-validate.ts";
import { declareDnssecDisable } from "./verb/dnssec-disable.ts";
import { declareDnssecDsSeen } from "./verb/dnssec-ds-seen.ts";
import { declareDnssecEnable } from "./verb/dnssec-enable.ts";
import { declareDnssecRollover } from "./verb/dnssec-rollover.ts";
import { declareDnssecShow } from "./verb/dnssec-show.ts";
import { declareEntitiesAdd } from "./verb/entities-add.ts";
import { declareEntitiesList } from "./verb/entities-list.ts";
import { declareEntitiesRemove } from "./verb/entities-remove.ts";
import { declareEntitiesSet } from "./verb/entities-set.ts";
import { declareEntitiesShow } from "./verb/entities-show.ts";
import { declareLatencyMatrix } from "./verb/latency-matrix.ts";
import { declareLogin } from "./verb/login.ts";
import { declareLogout } from "./verb/logout.ts";
import { declarePasskeysList } from "./verb/passkeys-list.ts";
import { declarePasskeysRemove } from "./verb/passkeys-remove.ts";
import { declarePrincipalsAdd } from "./verb/principals-add.ts";
import { declarePrincipalsAllowlist } from "./verb/principals-allowlist.ts";
import { declarePrincipalsList } from "./verb/principals-list.ts";
import { declarePrincipalsRemove } from "./verb/principals-remove.ts";
import { declarePrincipalsReset } from "./verb/principals-reset.ts";
import { declarePrincipalsRoles } from "./verb/principals-roles.ts";
import { declareRecordList } from "./verb/record-list.ts";
import { declareRecordRemove } from "./verb/record-remove.ts";
import { declareRecordWrite } from "./verb/record-write.ts";
import { declareRegionFailback } from "./verb/region-failback.ts";
import { declareRegionFailover } from "./verb/region-failover.ts";
import { declareRegionFailovers } from "./verb/region-failovers.ts";
import { declareRegionHealth } from "./verb/region-health.ts";
import { declareRegionIncidents } from "./verb/region-incidents.ts";
import { declareRegionValidate } from "./verb/region-validate.ts";
import { declareReplay } from "./verb/replay.ts";
import { declareRolesList } from "./verb/roles-list.ts";
import { declareRolesRemove } from "./verb/roles-remove.ts";
import { declareRolesSet } from "./verb/roles-set.ts";
import { declareRouteTrace } from "./verb/route-trace.ts";
import { declareRoutesExplain } from "./verb/routes-explain.ts";
import { declareRoutesTraces } from "./verb/routes-traces.ts";
import { declareSessionsList } from "./verb/sessions-list.ts";
import { declareSessionsRemove } from "./verb/sessions-remove.ts";
import { declareShieldAlerts } from "./verb/shield-alerts.ts";
import { declareShieldAttacks } from "./verb/shield-attacks.ts";
import { declareShieldBan } from "./verb/shield-ban.ts";
import { declareShieldBans } from "./verb/shield-bans.ts";
import { declareShieldDetect } from "./verb/shield-detect.ts";
import { declareShieldDryRun } from "./verb/shield-dry-run.ts";
import { declareShieldMitigation } from "./verb/shield-mitigation.ts";
import { declareShieldProposals } from "./verb/shield-proposals.ts";
import { declareShieldStatus } from "./verb/shield-status.ts";
import { declareShieldUnban } from "./verb/shield-unban.ts";
import { declareSimulate } from "./verb/simulate.ts";
import { declareStatus } from "./verb/status.ts";
import { declareTableApply } from "./verb/table-apply.ts";
import { declareTableHistory } from "./verb/table-history.ts";
import { declareTablePlan } from "./verb/table-plan.ts";
import { declareTableRollback } from "./verb/table-rollback.ts";
import { declareTableShow } from "./verb/table-show.ts";
import { declareTokensAdd } from "./verb/tokens-add.ts";
import { declareTokensList } from "./verb/tokens-list.ts";
import { declareTokensRemove } from "./verb/tokens-remove.ts";
import { declareWeightsList } from "./verb/weights-list.ts";
import { declareWeightsSet } from "./verb/weights-set.ts";
import { declareZoneExport } from "./verb/zone-export.ts";
import { declareZoneImport } from "./verb/zone-import.ts";
import { declareZoneList } from "./verb/zone-list.ts";
import { declareZoneShow } from "./verb/zone-show.ts";

/** `novacron <group> <verb>`. Usage errors are thrown as commander's own; verbs tell `exit` when they fail. */
export function createProgram(terminal: Terminal, exit: (status: number) => void): Command {
  const cli = createCli(terminal, exit);
  // Set before any command is added: commands take these settings from their parent when they are made.
  const program = new Command("novacron")
    .description("operate NovaCron Global")
    .version(manifest.version, "--version", "print the version")
    .option("--json", "print JSON and nothing else")
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .configureHelp(helpOfUsage)
    .showHelpAfterError("Add --help for usage.")
    .exitOverride()
    // Verbs find it among their own options, wherever it was written.
    .hook("preAction", (all, verb) => {
      if (all.opts().json === true) verb.setOptionValue("json", true);
    });
  declareStatus(program, cli);
  declareWeights(program, cli);
  declareAddresses(program, cli, "blacklist");
  declareAddresses(program, cli, "allowlist");
  declareAddresses(program, cli, "bots");
  for (const section of ["regions", "backends", "services", "policies"] as const)
    declareEntities(program, cli, section);
  declareTable(program, cli);
  declareRegion(program, cli);
  declareTraffic(program, cli);
  declareRoutes(program, cli);
  declareDns(program, cli);
  declareShield(program, cli);
  declareLogin(program, cli);
  declareLogout(program, cli);
  declareAccount(program, cli);
  declarePasskeys(program, cli);
  declarePrincipals(program, cli);
  declareRoles(program, cli);
  declareTokens(program, cli);
  declareSessions(program, cli);
  declareAdmin(program, cli);
  declareAudit(program, cli);
  declareCompletion(program, terminal);
  return program;
}

function declareWeights(program: Command, cli: Cli): void {
  const group = program.command("weights").description("the weights of regions and backends");
  declareWeightsList(group, cli);
  declareWeightsSet(group, cli);
}

const addressesOf: Readonly<Record<AddressSection, string>> = {
  blacklist: "addresses that are blocked at the edge",
  allowlist: "addresses that are exempt from the blacklist",
  bots: "networks of verified bots, which the shield never bans or challenges",
};

function declareAddresses(program: Command, cli: Cli, list: AddressSection): void {
  const group = program.command(list).description(addressesOf[list]);
  declareAddressesList(group, cli, list);
  declareAddressesShow(group, cli, list);
  declareAddressesAdd(group, cli, list);
  declareAddressesRemove(group, cli, list);
}

function declareEntities(program: Command, cli: Cli, section: EntityGroup): void {
  declareEntity(program.command(section).description(`the ${section} of the table, one by one`), cli, section);
}

function declareEntity(group: Command, cli: Cli, section: EntityGroup): void {
  declareEntitiesList(group, cli, section);
  declareEntitiesShow(group, cli, section);
  declareEntitiesAdd(group, cli, section);
  declareEntitiesSet(group, cli, section);
  declareEntitiesRemove(group, cli, section);
}

function declareTable(program: Command, cli: Cli): void {
  const group = program.command("table").description("the routing table");
  declareTableShow(group, cli);
  declareTablePlan(group, cli);
  declareTableApply(group, cli);
  declareTableHistory(group, cli);
  declareTableRollback(group, cli);
}

function declareRegion(program: Command, cli: Cli): void {
  const group = program.command("region").description("the regions");
  declareRegionHealth(group, cli);
  declareRegionIncidents(group, cli);
  declareRegionFailover(group, cli);
  declareRegionValidate(group, cli);
  declareRegionFailback(group, cli);
  declareRegionFailovers(group, cli);
}

function declareTraffic(program: Command, cli: Cli): void {
  const group = program.command("traffic").description("where traffic goes, and where it would go");
  declareSimulate(group, cli);
  declareLatencyMatrix(group, cli);
  declareRouteTrace(group, cli);
  declareReplay(group, cli);
}

function declareRoutes(program: Command, cli: Cli): void {
  const group = program.command("routes").description("why requests go where they go");
  declareRoutesExplain(group, cli);
  declareRoutesTraces(group, cli);
}

function declareDns(program: Command, cli: Cli): void {
  const group = program.command("dns").description("names, and who is told what");
  declareDnsValidate(group, cli);
  declareDnsQuery(group, cli);
  const zone = group.command("zone").description("the zones that are answered for");
  declareZoneList(zone, cli);
  declareZoneShow(zone, cli);
  declareZoneImport(zone, cli);
  declareZoneExport(zone, cli);
  const record = group.command("record").description("the record sets of zones");
  declareRecordList(record, cli);
  declareRecordWrite(record, cli, "add");
  declareRecordWrite(record, cli, "set");
  declareRecordRemove(record, cli);
  declareDnssec(group, cli);
  declareCloudflare(group, cli);
}

function declareDnssec(dns: Command, cli: Cli): void {
  const group = dns.command("dnssec").description("the keys that sign a zone");
  declareDnssecShow(group, cli);
  declareDnssecEnable(group, cli);
  declareDnssecRollover(group, cli);
  declareDnssecDsSeen(group, cli);
  declareDnssecDisable(group, cli);
}

function declareShield(program: Command, cli: Cli): void {
  const group = program.command("shield").description("attacks, and what is done about them");
  declareShieldStatus(group, cli);
  declareShieldAttacks(group, cli);
  declareShieldAlerts(group, cli);
  const policies = group.command("policies").description("the rate limits, one by one");
  declareEntity(policies, cli, "limits");
  declareShieldDryRun(policies, cli);
  declareShieldBans(group, cli);
  declareShieldBan(group, cli);
  declareShieldUnban(group, cli);
  declareShieldProposals(group, cli);
  declareShieldMitigation(group, cli);
  declareShieldDetect(group, cli);
}

function declarePrincipals(program: Command, cli: Cli): void {
  const group = program.command("principals").description("who may use the control plane");
  declarePrincipalsList(group, cli);
  declarePrincipalsAdd(group, cli);
  declarePrincipalsRemove(group, cli);
  declarePrincipalsRoles(group, cli);
  declarePrincipalsReset(group, cli);
  declarePrincipalsAllowlist(group, cli);
}

function declareRoles(program: Command, cli: Cli): void {
  const group = program.command("roles").description("what the roles that people and machines have may do");
  declareRolesList(group, cli);
  declareRolesSet(group, cli);
  declareRolesRemove(group, cli);
}

function declareSessions(program: Command, cli: Cli): void {
  const group = program.command("sessions").description("who has signed in");
  declareSessionsList(group, cli);
  declareSessionsRemove(group, cli);
}

function declareAccount(program: Command, cli: Cli): void {
  const group = program.command("account").description("your own account");
  declareAccountShow(group, cli);
  declareAccountPassword(group, cli);
  declareAccountTotp(group, cli);
  declareAccountRecoveryCodes(group, cli);
}

function declarePasskeys(program: Command, cli: Cli): void {
  const group = program.command("passkeys").description("your own passkeys, which a browser makes");
  declarePasskeysList(group, cli);
  declarePasskeysRemove(group, cli);
}

function declareTokens(program: Command, cli: Cli): void {
  const group = program.command("tokens").description("what lets machines in");
  declareTokensList(group, cli);
  declareTokensAdd(group, cli);
  declareTokensRemove(group, cli);
}

function declareAdmin(program: Command, cli: Cli): void {
  const group = program.command("admin").description("the deployment itself");
  declareAdminInit(group, cli);
  declareAdminAllowlist(group, cli);
}

function declareAudit(program: Command, cli: Cli): void {
  const group = program.command("audit").description("who did what, and that nobody has changed it since");
  declareAuditList(group, cli);
  declareAuditExport(group, cli);
  declareAuditVerify(group, cli);
}
