/// The Redis protocol over off-heap bytes: an incremental request parser, a reply writer for RESP2 and RESP3,
/// a reply reader, and the raw memory primitives they share. Depends on the JDK only.
package dev.sampo.resp;
