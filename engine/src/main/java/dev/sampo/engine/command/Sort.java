package dev.sampo.engine.command;

import dev.sampo.engine.CommandContext;
import dev.sampo.engine.EffectLog;
import dev.sampo.engine.EventClass;
import dev.sampo.engine.EventName;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.engine.value.HashValue;
import dev.sampo.engine.value.ListValue;
import dev.sampo.engine.value.SetValue;
import dev.sampo.engine.value.SortedSetValue;
import dev.sampo.resp.Args;
import dev.sampo.resp.Ascii;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.OutputBuffer;
import dev.sampo.resp.ReplyWriter;
import java.util.ArrayList;
import java.util.List;

/// One execution of SORT: reads the elements, orders them, answers with them or stores them.
final class Sort implements AutoCloseable {
    private static final byte[] NOT_A_SCORE = Errors.error("ERR One or more scores can't be converted into double");
    /// Elements of one RPUSH in the effects, and about how many bytes.
    private static final int PUSHED_MAX = 1024;
    private static final int PUSHED_BYTES_MAX = 1 << 18;

    // ---- what the arguments say
    boolean descending;
    boolean alpha;
    long offset;
    long count = -1;
    /// Argument with the destination, 0 = none.
    int store;
    /// Argument with the BY pattern, 0 = none.
    int by;
    /// Whether elements are put in order; not by a BY that has no star.
    boolean ordered = true;
    final List<Integer> gets = new ArrayList<>();

    private final CommandContext c;
    private final Args a;
    private final Sorter sorter = new Sorter();
    private final OutputBuffer key = new OutputBuffer();
    private final SetValue set = new SetValue();
    private final HashValue hash = new HashValue();
    /// What was looked up last.
    private long found;
    private int foundLength;

    Sort(CommandContext c, Args a) {
        this.c = c;
        this.a = a;
    }

    void run(long e, ReplyWriter r) {
        if (!ordered && e != 0 && Entry.type(e) == Type.SET && store != 0) {
            // The order of a set is nothing that could be stored.
            ordered = true;
            alpha = true;
            by = 0;
        }
        long size = e == 0 ? 0 : size(e);
        long start = Math.min(Math.max(offset, 0), size);
        long limit = Math.min(Math.max(count, -1), size);
        long end = Math.min(limit < 0 ? size : start + limit, size);
        if (e != 0) {
            load(e, ordered ? 0 : start, ordered ? size : end);
        }
        if (ordered && !order()) {
            r.simple(NOT_A_SCORE);
            return;
        }
        long first = ordered ? start : 0;
        long last = first + Math.max(0, end - start);
        if (store == 0) {
            reply(first, last, r);
        } else {
            store(first, last, r);
        }
    }

    // ---------------------------------------------------------------- reading

    private long size(long e) {
        Keyspace ks = c.keyspace(a, 1);
        return switch (Entry.type(e)) {
            case Type.LIST -> {
                ListValue list = c.list();
                list.read(ks, e);
                yield list.count();
            }
            case Type.SET -> set.open(ks, e).size();
            default -> c.sortedSet().read(ks, e).size();
        };
    }

    /// Copies the elements of places `from` to `to`, in the order of the value or, where nothing else will order them, in the
    /// opposite one.
    private void load(long e, long from, long to) {
        Keyspace ks = c.keyspace(a, 1);
        switch (Entry.type(e)) {
            case Type.LIST -> loadList(c.list(), from, to);
            case Type.SET -> loadSet(from, to);
            default -> loadSortedSet(c.sortedSet().read(ks, e), from, to);
        }
    }

    private void loadList(ListValue list, long from, long to) {
        boolean backwards = !ordered && descending;
        boolean there = from < to && list.seek(backwards ? -1 - from : from);
        for (long i = from; i < to && there; i++) {
            sorter.add(list.elementAddress(), list.elementLength());
            there = backwards ? list.previous() : list.next();
        }
    }

    private void loadSet(long from, long to) {
        boolean there = set.first();
        for (long i = 0; i < to && there; i++) {
            if (i >= from) {
                sorter.add(set.memberAddress(), set.memberLength());
            }
            there = set.next();
        }
    }

    private void loadSortedSet(SortedSetValue set, long from, long to) {
        boolean backwards = !ordered && descending;
        boolean there = from < to && set.seek(backwards ? set.size() - 1 - from : from);
        for (long i = from; i < to && there; i++) {
            sorter.add(set.memberAddress(), set.memberLength());
            there = backwards ? set.previous() : set.next();
        }
    }

    // ---------------------------------------------------------------- ordering

    /// Puts the elements in order; false if one of them has no number to order it by.
    private boolean order() {
        if (alpha && by == 0) {
            sorter.sortByTexts(descending);
            return true;
        }
        boolean numbers = true;
        for (long i = 0, n = sorter.size(); i < n; i++) {
            long address = sorter.address(i);
            int length = sorter.length(i);
            if (by != 0) {
                if (!lookup(by, i)) {
                    continue;
                }
                address = found;
                length = foundLength;
            }
            if (alpha) {
                sorter.text(i, address, length);
            } else {
                double number = number(address, length);
                numbers &= !Double.isNaN(number);
                sorter.number(i, number);
            }
        }
        if (alpha) {
            sorter.sortByOtherTexts(descending);
        } else if (numbers) {
            sorter.sortByNumbers(descending);
        }
        return numbers;
    }

    /// The number that C's `strtod` reads, of which Redis asks that nothing is left: blanks in front, an empty text and all
    /// behind a zero byte do not count.
    private static double number(long address, int length) {
        int end = 0;
        while (end < length && OffHeap.getByte(address + end) != 0) {
            end++;
        }
        int start = 0;
        while (start < end && isBlank(OffHeap.getByte(address + start))) {
            start++;
        }
        return end == 0 ? 0 : Ascii.parseDouble(address + start, end - start);
    }

    private static boolean isBlank(int c) {
        return c == ' ' || c >= '\t' && c <= '\r';
    }

    // ---------------------------------------------------------------- patterns

    /// Finds what the pattern in argument `pattern` means for element `i`: the element itself for `#`, the string in the key
    /// that it makes with the element in the place of the first star, or, behind `->`, a field of the hash there.
    private boolean lookup(int pattern, long i) {
        long address = a.address(pattern);
        int length = a.length(pattern);
        if (length == 1 && OffHeap.getByte(address) == '#') {
            found = sorter.address(i);
            foundLength = sorter.length(i);
            return true;
        }
        int star = indexOf(address, length, '*');
        if (star < 0) {
            return false;
        }
        int arrow = arrow(address, star + 1, length);
        int nameEnd = arrow < 0 ? length : arrow;
        key.clear();
        key.append(address, star);
        key.append(sorter.address(i), sorter.length(i));
        key.append(address + star + 1, nameEnd - star - 1);
        long e = c.lookupRead(key.address(), (int) key.size());
        if (e == 0) {
            return false;
        }
        return arrow < 0 ? text(e) : field(e, address + arrow + 2, length - arrow - 2);
    }

    private static int indexOf(long address, int length, int wanted) {
        for (int i = 0; i < length; i++) {
            int c = OffHeap.getByte(address + i);
            if (c == wanted) {
                return i;
            }
            if (c == 0) {
                return -1;
            }
        }
        return -1;
    }

    /// Where `->` stands that something follows, or -1.
    private static int arrow(long address, int from, int length) {
        for (int i = from; i + 2 < length; i++) {
            if (OffHeap.getByte(address + i) == '-' && OffHeap.getByte(address + i + 1) == '>') {
                return i;
            }
        }
        return -1;
    }

    private boolean text(long e) {
        if (Entry.type(e) != Type.STRING) {
            return false;
        }
        found = c.text(e, 0);
        foundLength = c.textLength(e);
        return true;
    }

    private boolean field(long e, long field, int length) {
        if (Entry.type(e) != Type.HASH || !hash.open(c.foundIn(), e, c.fieldTime()).find(field, length)) {
            return false;
        }
        found = hash.valueAddress();
        foundLength = hash.valueLength();
        return true;
    }

    // ---------------------------------------------------------------- results

    private void reply(long first, long last, ReplyWriter r) {
        r.array((last - first) * Math.max(1, gets.size()));
        for (long i = first; i < last; i++) {
            if (gets.isEmpty()) {
                r.bulk(sorter.address(i), sorter.length(i));
            }
            for (int get : gets) {
                if (lookup(get, i)) {
                    r.bulk(found, foundLength);
                } else {
                    r.nullBulk();
                }
            }
        }
    }

    private void store(long first, long last, ReplyWriter r) {
        try (var results = new Sorter()) {
            for (long i = first; i < last; i++) {
                if (gets.isEmpty()) {
                    results.add(sorter.address(i), sorter.length(i));
                }
                for (int get : gets) {
                    boolean there = lookup(get, i);
                    results.add(there ? found : 0, there ? foundLength : 0);
                }
            }
            long n = results.size();
            if (n == 0) {
                KeyCommands.deleteStored(c, a, store);
            } else {
                write(results, n);
            }
            r.integer(n);
        }
    }

    private void write(Sorter results, long n) {
        boolean replaced = c.lookupWrite(a, store) != 0;
        Keyspace ks = c.keyspace(a, store);
        long hash = c.hash(a, store);
        ks.delete(a.address(store), a.length(store), hash);
        ListValue list = c.list();
        list.open(ks, a.address(store), a.length(store), hash, 0, c.settings().collections().listSize());
        for (long i = 0; i < n; i++) {
            list.push(results.address(i), results.length(i), false);
        }
        if (!replaced) {
            c.created(ks, a, store);
        }
        c.commit(ks, a, store, EventClass.LIST, EventName.SORTSTORE);
        if (c.logs(ks)) {
            if (replaced) {
                Effects.del(c, ks, a, store);
            }
            log(ks, results, n);
        }
    }

    /// The whole list in pieces of bounded size.
    private void log(Keyspace ks, Sorter results, long n) {
        long from = 0;
        while (from < n) {
            long to = from;
            long bytes = 0;
            while (to < n && to - from < PUSHED_MAX && bytes < PUSHED_BYTES_MAX) {
                bytes += results.length(to++);
            }
            EffectLog log = c.effect(ks, Effects.RPUSH, 2 + (int) (to - from));
            log.argument(a.address(store), a.length(store));
            for (long i = from; i < to; i++) {
                log.argument(results.address(i), results.length(i));
            }
            log.end();
            from = to;
        }
    }

    @Override
    public void close() {
        sorter.close();
        key.release();
        set.close();
        hash.close();
    }
}
