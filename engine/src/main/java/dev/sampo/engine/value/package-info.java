/// Values that are more than a string: the formats of small ones, the structures of large ones, and one view per type that
/// hides which of both a value is. Knows keyspaces, and commands not at all.
package dev.sampo.engine.value;
