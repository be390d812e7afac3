package dev.sampo.engine.value;

/// What is told of the references in a tree. Implementations are made once and reused.
@FunctionalInterface
public interface RefVisitor {
    void visit(int ref);
}
