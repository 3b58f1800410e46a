/** A file that a person sent, on its way from the provider. */
export interface MediaFile {
  /** As the provider says, without parameters: `image/jpeg`. */
  type: string;
  /** Where the provider says how long it is. */
  bytes: number | null;
  /** Ends in an error once it turns out to be too large. */
  body: ReadableStream<Uint8Array>;
}

/**
 * Opens a file of an inbound message with the credentials of the account it came to.
 * @throws DomainError `gone` where the provider has it no more, `unsupported` and `too_large` for what is not handed
 *   on, `provider_unavailable` where it does not answer.
 */
export type OpenMedia = (
  of: { workspaceId: string; providerAccountId: string | null },
  url: string,
  signal: AbortSignal,
) => Promise<MediaFile>;
