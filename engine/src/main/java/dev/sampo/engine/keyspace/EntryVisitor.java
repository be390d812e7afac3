package dev.sampo.engine.keyspace;

/// Receives entries one by one.
@FunctionalInterface
public interface EntryVisitor {
    /// May delete the entry it is given, and change nothing else of the keyspace that is being walked.
    ///
    /// @param entry address for [Entry]'s accessors, valid until that entry is changed
    void visit(long entry);
}
