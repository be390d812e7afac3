package dev.sampo.engine;

/// Receives the deterministic effects of writes, in execution order: what persistence stores and replication sends.
///
/// An effect is a command whose replay on the same data gives the same result at any later time: relative times are
/// absolute, random choices are made, floating point sums are done. It is written as one call of
/// [#begin(int, int, int)], exactly `argumentCount` arguments, and one call of [#end()]; effects never nest.
/// Argument memory belongs to the caller and is valid only during the call.
public interface EffectLog {
    /// Discards everything and says so, so that nobody prepares effects for it.
    EffectLog NONE = new EffectLog() {
        @Override
        public boolean enabled() {
            return false;
        }

        @Override
        public void begin(int shard, int db, int argumentCount) {
            // Nothing is kept.
        }

        @Override
        public void argument(long address, int length) {
            // Nothing is kept.
        }

        @Override
        public void argument(byte[] ascii) {
            // Nothing is kept.
        }

        @Override
        public void end() {
            // Nothing is kept.
        }
    };

    /// Whether effects are wanted at all; when false none of the other methods is called.
    boolean enabled();

    /// Starts an effect on logical database `db` of shard `shard`. All its keys live there.
    void begin(int shard, int db, int argumentCount);

    /// The next argument: `length` bytes at an absolute address.
    void argument(long address, int length);

    /// The next argument, a constant of the engine (a command name, an option); never modified afterwards.
    void argument(byte[] ascii);

    /// The effect is complete.
    void end();
}
