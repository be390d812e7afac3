package dev.sampo.engine;

import dev.sampo.resp.OffHeap;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Remembers effects in order, and insists that they are well formed.
public final class RecordingEffectLog implements EffectLog {
    private final List<Effect> effects = new ArrayList<>();
    private List<byte[]> open;
    private int shard;
    private int db;
    private int expected;

    /// One effect: where, and its arguments.
    public record Effect(int shard, int db, List<byte[]> arguments) {
        /// The arguments separated by spaces, one character a byte.
        public String text() {
            List<String> words = new ArrayList<>();
            for (byte[] argument : arguments) {
                words.add(new String(argument, StandardCharsets.ISO_8859_1));
            }
            return String.join(" ", words);
        }

        @Override
        public String toString() {
            return shard + "/" + db + " " + text();
        }
    }

    /// Everything logged since the beginning or the last [#clear()].
    public List<Effect> effects() {
        if (open != null) {
            throw new AssertionError("an effect was not ended");
        }
        return List.copyOf(effects);
    }

    /// The texts of [#effects()].
    public List<String> texts() {
        return effects().stream().map(Effect::text).toList();
    }

    public void clear() {
        effects.clear();
    }

    @Override
    public boolean enabled() {
        return true;
    }

    @Override
    public void begin(int shard, int db, int argumentCount) {
        if (open != null || argumentCount < 1) {
            throw new AssertionError("effects are not nested and have a name");
        }
        open = new ArrayList<>();
        this.shard = shard;
        this.db = db;
        expected = argumentCount;
    }

    @Override
    public void argument(long address, int length) {
        open.add(OffHeap.bytes(address, length));
    }

    @Override
    public void argument(byte[] ascii) {
        open.add(ascii.clone());
    }

    @Override
    public void end() {
        if (open.size() != expected) {
            throw new AssertionError(expected + " arguments announced, " + open.size() + " written");
        }
        effects.add(new Effect(shard, db, List.copyOf(open)));
        open = null;
    }
}
