/// Off-heap memory of the engine: the slab allocator of a keyspace and the thread that frees big things. Knows
/// neither entries nor commands.
package dev.sampo.engine.memory;
