import { randomBytes } from "node:crypto";
import { networkInterfaces } from "node:os";
import type { Extension } from "#core/component.ts";
import type { Context } from "#core/context.ts";
import { defineExtension, type ExtensionFactory } from "#core/factory.ts";
import { type IpNetwork, parseIpNetwork } from "#kit/ip-address.ts";
import { isStoreExtension } from "#store/store-extension.ts";
import type { ActionFactory } from "../action.ts";
import { actions } from "../actions/index.ts";
import { createActionSet } from "../response/action-set.ts";
import { createGuards } from "../response/guards.ts";
import type { Responder } from "../response/run-context.ts";
import { type Clusters, openClusters } from "./clusters.ts";
import { type ResponderConfig, responderConfig } from "./config.ts";
import { endedStepCounter, observeOpenWork } from "./response-metrics.ts";
import { startWork, type Work } from "./work.ts";

/** The responder with a list of actions of one's own. */
export function createResponderExtension(factories: readonly ActionFactory[]): ExtensionFactory {
  return defineExtension({
    type: "responder",
    stability: "beta",
    summary: "Carries out playbook runs: plans, asks, acts, verifies, and takes back when the time is over.",
    config: responderConfig(factories),
    create: (options, context) => createResponder(factories, options, context),
  });
}

export const responderExtension = createResponderExtension(actions);

function createResponder(factories: readonly ActionFactory[], options: ResponderConfig, context: Context): Extension {
  const endedSteps = endedStepCounter(context.meter);
  let clusters: Clusters | undefined;
  let work: Work | undefined;
  return {
    async start() {
      const { log, clock } = context;
      const { store } = context.extension(options.store, isStoreExtension);
      const opened = await openClusters(options.clusters);
      clusters = opened;
      observeOpenWork(context.meter, store);
      const environment = { cluster: (name: string) => opened.get(name), clock, log };
      const responder: Responder = {
        store,
        clock,
        log,
        endedSteps,
        actions: createActionSet(factories, options.actions, environment),
        guards: createGuards({
          protectedAccounts: [
            ...options.guards.protected_accounts,
            ...Object.values(options.clusters).map(({ username }) => username),
          ],
          protectedNetworks: options.guards.protected_networks,
          proxies: options.guards.proxies,
          ownAddresses: [...options.guards.own_addresses, ...interfaceAddresses()],
        }),
        modes: { global: options.mode, clusters: clusterModes(options), actions: options.modes },
        clusters: Object.keys(options.clusters),
        undoTimeoutMs: options.undo_timeout,
      };
      work = await startWork(responder, {
        owner: `${context.id}-${randomBytes(8).toString("hex")}`,
        redisUrl: options.queue.url?.reveal(),
        queuePrefix: options.queue.prefix,
        concurrency: options.concurrency,
        sweepIntervalMs: options.sweep_interval,
        retentionMs: options.retention,
      });
    },
    async shutdown(deadline) {
      await work?.stop(deadline);
      work = undefined;
      await clusters?.close();
      clusters = undefined;
    },
  };
}

function clusterModes({ clusters }: ResponderConfig): Responder["modes"]["clusters"] {
  const set = Object.entries(clusters).flatMap(([name, { mode }]) =>
    mode === undefined ? [] : [[name, mode] as const],
  );
  return Object.fromEntries(set);
}

/** Addresses of this machine: blocking one would cut ourselves off. */
function interfaceAddresses(): IpNetwork[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.flatMap(({ address }) => parseIpNetwork(address) ?? []);
}
