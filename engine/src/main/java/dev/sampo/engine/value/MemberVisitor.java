package dev.sampo.engine.value;

/// What is told of the members of a set. Implementations are made once and reused.
@FunctionalInterface
public interface MemberVisitor {
    /// The member's bytes are valid during the call.
    void visit(long address, int length);
}
