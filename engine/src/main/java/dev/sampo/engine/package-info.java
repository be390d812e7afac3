/// The database as a plain object for one thread at a time: shards and what they need from outside (clock, randomness,
/// effect log, events), and [dev.sampo.engine.CommandContext], through which commands run. No sockets, no files, no
/// threads of its own.
package dev.sampo.engine;
