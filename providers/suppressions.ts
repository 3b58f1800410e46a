/** Lists of addresses that the provider of e-mail does not send to. */
export const SUPPRESSION_LISTS = [
  "bounces",
  "blocks",
  "spam_reports",
  "invalid_emails",
  "unsubscribes",
] as const;
export type SuppressionList = (typeof SUPPRESSION_LISTS)[number];

export interface ListedAddress {
  /** As the provider has it. */
  address: string;
  at: Date;
}

/** Somebody who has left an unsubscribe group. */
export interface GroupMember extends ListedAddress {
  groupId: number;
}

export interface SuppressionLists {
  /** A page of a list, of what came on it from `from` (null: ever) until `until`; in one order as long as both stay. */
  read(
    list: SuppressionList,
    page: { from: Date | null; until: Date; offset: number; limit: number },
  ): Promise<ListedAddress[]>;
  /** Everybody who has left a group: this list has no pages. */
  readGroups(): Promise<GroupMember[]>;
  /** Nothing is sent to these any more, whatever their list; repeatable. */
  suppress(addresses: readonly string[]): Promise<void>;
  /** Takes an address off a list; fine where it is not on it. */
  release(list: SuppressionList, address: string): Promise<void>;
  /** The same for a group. */
  releaseFromGroup(groupId: number, address: string): Promise<void>;
}

/** The lists of an account: a workspace's own, or the environment's (null). Null where there is no such account. */
export type SuppressionListsOf = (
  workspaceId: string,
  providerAccountId: string | null,
) => Promise<SuppressionLists | null>;
