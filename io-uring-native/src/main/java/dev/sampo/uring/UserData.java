package dev.sampo.uring;

/// The 64 bits that a submission carries and its completions bring back: operation (8 bits), generation (24), index (32).
///
/// The index names a slot of a table (a connection), the operation says which of its requests completed, and the generation
/// tells an earlier tenant of the slot from the present one: a completion whose generation differs belongs to a closed
/// connection. Such a completion is not acted upon, but a buffer that it carries is still given back.
public final class UserData {
    /// Largest generation; the one after it is 0.
    public static final int GENERATION_MAX = (1 << 24) - 1;

    private UserData() {
    }

    /// @param op 0 to 255
    /// @param generation the low 24 bits are kept
    /// @param index any int; used unsigned or not, as the caller likes
    public static long pack(int op, int generation, int index) {
        return (long) op << 56 | (long) (generation & GENERATION_MAX) << 32 | index & 0xFFFF_FFFFL;
    }

    /// The operation, 0 to 255.
    public static int op(long userData) {
        return (int) (userData >>> 56);
    }

    /// The generation, 0 to [#GENERATION_MAX].
    public static int generation(long userData) {
        return (int) (userData >>> 32) & GENERATION_MAX;
    }

    public static int index(long userData) {
        return (int) userData;
    }

    /// The generation of the slot's next tenant.
    public static int nextGeneration(int generation) {
        return generation + 1 & GENERATION_MAX;
    }
}
