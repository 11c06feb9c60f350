import type { AlertChangeEvent, AlertEvent } from '../../domain/alerts/alert-event';
import type { AlertRule } from '../../domain/alerts/alert-rule';
import type { IfMatch } from '../../domain/if-match';
import type { Page } from './page';

/** A rule as it stands. */
export interface AlertOverview {
  /** Another one where the rule is set anew. */
  id: number;
  rule: AlertRule;
  isRaised: boolean;
  /** Of the latest sweep; null where it could not be measured. */
  value: number | null;
  /** Null while nobody has, and again once it has cleared. */
  acknowledged: AlertAcknowledgement | null;
}

/** That somebody sees to a raised alert. */
export interface AlertAcknowledgement {
  /** As records of who did something name them. */
  by: string;
  /** Milliseconds since 1970. */
  at: number;
  note: string | null;
}

/** An event and what became of telling it. */
export interface AlertHistoryEntry extends AlertEvent {
  deliveries: { webhook: string; tries: number; status: 'delivered' | 'given up' | 'waiting'; answer: string | null }[];
}

/** Alerts of workspaces. */
export interface AlertStore {
  /** In place of one of that name, which begins anew. Throws PRECONDITION_FAILED. */
  set(workspace: string, rule: AlertRule, ifMatch?: IfMatch): Promise<AlertOverview>;
  /** By name; all, where no page is asked for. */
  list(workspace: string, page?: Page<[name: string]>): Promise<AlertOverview[]>;
  /** Throws ALERT_NOT_FOUND. */
  get(workspace: string, name: string): Promise<AlertOverview>;
  /** Throws ALERT_NOT_FOUND and PRECONDITION_FAILED. */
  remove(workspace: string, name: string, ifMatch?: IfMatch): Promise<void>;
  /**
   * It is not told again until it has cleared. Who does it again takes the place of who did it before. `seed`: of the request; what the same one has
   * acknowledged is left as it is. Throws ALERT_NOT_FOUND and ALERT_NOT_RAISED.
   */
  acknowledge(
    workspace: string,
    name: string,
    who: { by: string; note?: string },
    seed?: string,
  ): Promise<AlertOverview>;
  /** What became of telling an event, by the name of the receiver. */
  told(workspace: string, event: string): Promise<AlertHistoryEntry['deliveries']>;
  /** The latest first. */
  history(workspace: string, limit: number, after?: readonly [at: number, id: string]): Promise<AlertHistoryEntry[]>;
  /**
   * Takes one sweep in, in one transaction: rules, events and what is to be delivered. A sweep that was taken in, or that is older than the latest,
   * changes nothing.
   *
   * @param sweep its id, and when it measured, in milliseconds since 1970
   * @param values what was measured, by the id of the rule
   */
  judge(
    workspace: string,
    sweep: { id: string; at: number },
    values: ReadonlyMap<number, number | null>,
  ): Promise<AlertChangeEvent[]>;
}
