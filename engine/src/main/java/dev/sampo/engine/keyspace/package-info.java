/// The key space of a shard: entries, their index, deadlines, hash slots. Knows values only as the payload of an
/// entry and commands not at all.
package dev.sampo.engine.keyspace;
