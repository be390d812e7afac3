package dev.sampo.shard;

import dev.sampo.engine.command.CommandSpec;
import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/// The slowest commands of one core's clients, as SLOWLOG shows them. Ids count over all cores.
final class SlowLog {
    private static final int ARGUMENTS_MAX = 32;
    private static final int ARGUMENT_BYTES_MAX = 128;

    /// One command that was slow.
    ///
    /// @param arguments with the name, shortened as in Redis
    record Entry(long id, long unixSeconds, long micros, List<byte[]> arguments, String address, String name) { }

    /// A command that was slow on a core whose client it does not have.
    record Remote(int connectionIndex, int connectionId, long micros, List<byte[]> arguments) { }

    private final ArrayDeque<Entry> entries = new ArrayDeque<>();

    void add(Entry entry, long max) {
        entries.addFirst(entry);
        while (entries.size() > max) {
            entries.pollLast();
        }
    }

    /// From the newest to the oldest.
    List<Entry> entries() {
        return List.copyOf(entries);
    }

    void clear() {
        entries.clear();
    }

    /// What several cores kept, the newest first, as many as the setting allows.
    static List<Entry> merged(Object[] lists, long max) {
        List<Entry> all = new ArrayList<>();
        for (Object list : lists) {
            for (Object entry : (List<?>) list) {
                all.add((Entry) entry);
            }
        }
        all.sort(Comparator.comparingLong(Entry::id).reversed());
        return all.size() > max ? all.subList(0, (int) max) : all;
    }

    /// The arguments as they are kept: not all of them, not all of a long one, no passwords.
    static List<byte[]> arguments(CommandSpec spec, Args request) {
        int count = request.count();
        int kept = Math.min(count, ARGUMENTS_MAX);
        List<byte[]> arguments = new ArrayList<>(kept);
        for (int i = 0; i < kept; i++) {
            if (count > ARGUMENTS_MAX && i == ARGUMENTS_MAX - 1) {
                arguments.add(ascii("... (" + (count - ARGUMENTS_MAX + 1) + " more arguments)"));
            } else if (Secrets.hides(spec, request, i)) {
                arguments.add(Secrets.REDACTED);
            } else {
                arguments.add(argument(request.address(i), request.length(i)));
            }
        }
        return Collections.unmodifiableList(arguments);
    }

    private static byte[] argument(long address, int length) {
        if (length <= ARGUMENT_BYTES_MAX) {
            return OffHeap.bytes(address, length);
        }
        byte[] more = ascii("... (" + (length - ARGUMENT_BYTES_MAX) + " more bytes)");
        byte[] shortened = new byte[ARGUMENT_BYTES_MAX + more.length];
        OffHeap.copyTo(address, shortened, 0, ARGUMENT_BYTES_MAX);
        System.arraycopy(more, 0, shortened, ARGUMENT_BYTES_MAX, more.length);
        return shortened;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
