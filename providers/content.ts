/** What the program asks of a provider that keeps message templates and has them approved. */

/** Where a template stands with the provider, in the provider's words: unknown ones are kept as they come. */
export interface Approval {
  status: string;
  /** Why it was rejected; null otherwise. */
  reason: string | null;
}

export interface ContentTemplate {
  id: string;
  name: string;
  /** As `es`, `es_MX`, `pt_BR`. */
  language: string;
  /** With `{{1}}`, `{{2}}` … in place of variables, and an example for each. */
  body: string;
  samples: Readonly<Record<string, string>>;
}

/**
 * Each call throws DomainError: `validation` where the provider refuses it, `provider_unavailable` where it cannot
 * be asked. There is no idempotency key: a create that was not answered may have left an unused content behind,
 * which does no harm.
 */
export interface ContentProvider {
  /** Returns the content's id. */
  create(template: ContentTemplate): Promise<string>;
  submit(contentSid: string, template: { id: string; name: string; category: string }): Promise<Approval>;
  approval(contentSid: string): Promise<Approval>;
}

/** The account on which a workspace keeps its templates. */
export type ContentOf = (workspaceId: string) => Promise<ContentProvider>;
