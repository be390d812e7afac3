package dev.sampo.persist.log;

import dev.sampo.engine.EffectLog;
import dev.sampo.resp.OutputBuffer;

/// The effects of one shard that its [Journal] has not been given yet. Belongs to the shard: whoever owns that writes here and
/// hands over. HOT.
public final class ShardLog implements EffectLog {
    private final int shard;
    private final Journal journal;
    private boolean enabled;
    private OutputBuffer effects;

    ShardLog(int shard, Journal journal) {
        this.shard = shard;
        this.journal = journal;
    }

    int shard() {
        return shard;
    }

    @Override
    public boolean enabled() {
        return enabled;
    }

    /// Switches logging on or off, from the next command on.
    void enabled(boolean on) {
        enabled = on;
    }

    @Override
    public void begin(int shardIndex, int db, int argumentCount) {
        if (effects == null) {
            effects = journal.takeBuffer();
        }
        number(db);
        number(argumentCount);
    }

    @Override
    public void argument(long address, int length) {
        number(length);
        effects.append(address, length);
    }

    @Override
    public void argument(byte[] ascii) {
        number(ascii.length);
        effects.append(ascii);
    }

    @Override
    public void end() {
        // Lengths say where an effect ends.
    }

    private void number(int value) {
        int rest = value;
        while ((rest & ~0x7F) != 0) {
            effects.append((byte) (rest | 0x80));
            rest >>>= 7;
        }
        effects.append((byte) rest);
    }

    /// Bytes that wait to be handed over.
    public long size() {
        return effects == null ? 0 : effects.size();
    }

    public boolean isEmpty() {
        return effects == null || effects.isEmpty();
    }

    /// What was written since the last call, or null; the caller owns it.
    OutputBuffer take() {
        OutputBuffer taken = isEmpty() ? null : effects;
        if (taken != null) {
            effects = null;
        }
        return taken;
    }

    void release() {
        if (effects != null) {
            effects.release();
            effects = null;
        }
    }
}
