/**
 * Everything the DIMSE door lets grow, and how long it waits. Reaching a bound is an answer: a rejection, a status or an abort.
 * Bytes are bytes on the wire, times milliseconds.
 */
export const DIMSE_LIMITS = {
  /** Past it: A-ASSOCIATE-RJ, transient, local limit exceeded. */
  associationsMax: 256,
  /** Of one calling AE title. */
  associationsPerCallerMax: 32,
  /** Of one facility, whatever it calls itself. */
  associationsPerFacilityMax: 96,
  /** Past `associationsMax` a facility that has fewer than this is still let in. */
  associationsReservedPerFacility: 4,
  /** TCP connections, associated or not. Past it the one that has been silent longest, of the address that has most, is closed unanswered. */
  connectionsMax: 512,
  /** Of one address; many modalities may stand behind one. */
  connectionsPerAddressMax: 256,
  /** Of one address, without an association: the oldest of them makes room for the next. */
  silentConnectionsPerAddressMax: 128,
  /** Of `connectionsMax`, kept from addresses that no association has come from yet. */
  connectionsReservedForKnown: 64,
  /** Offered to peers as maximum length of a P-DATA-TF (PS3.8 D.1); also the largest one sent. */
  pduBytesMax: 262_144,
  /** A-ASSOCIATE-RQ and -AC are gathered whole before they are read: 128 contexts of 38 transfer syntaxes need 350 KB. */
  associatePduBytesMax: 524_288,
  /** Transfer syntaxes of one presentation context. */
  transferSyntaxesMax: 128,
  /** User information sub-items of one A-ASSOCIATE. */
  userItemsMax: 1024,
  /** A command set is gathered whole. */
  commandBytesMax: 65_536,
  /** A data set that is gathered whole: identifiers and attribute lists of responses. */
  identifierBytesMax: 1_048_576,
  /** Bytes of a data set held for a receiver that is slower than the peer; at it the socket is not read. */
  dataSetBufferBytesMax: 524_288,
  /** One data set. */
  dataSetBytesMax: 68_719_476_736,
  /** Rest of a refused data set that is read and thrown away so that the refusal can be answered; past it: A-ABORT. */
  discardBytesMax: 4_294_967_296,
  /** PS3.8 9.1.5: connection without A-ASSOCIATE-RQ, or without closing at the end. */
  artimMs: 30_000,
  /** Between two messages of an association. */
  idleMs: 600_000,
  /** Without a byte in the middle of a message. */
  messageMs: 60_000,
  /** As requestor: connecting, association, release, and the wait for each response. */
  responseMs: 120_000,
};
export type DimseLimits = typeof DIMSE_LIMITS;
