package dev.sampo.engine;

import dev.sampo.engine.command.ArgReader;
import dev.sampo.engine.command.Category;
import dev.sampo.engine.command.CommandSpec;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.command.Effect;
import dev.sampo.engine.command.KeyFlag;
import dev.sampo.engine.command.KeySpec;
import dev.sampo.engine.command.SetAlgebra;
import dev.sampo.engine.command.SortedSetRange;
import dev.sampo.engine.command.StreamState;
import dev.sampo.engine.keyspace.Entry;
import dev.sampo.engine.keyspace.EntryVisitor;
import dev.sampo.engine.keyspace.KeyHash;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.SlotMap;
import dev.sampo.engine.value.HashValue;
import dev.sampo.engine.keyspace.Type;
import dev.sampo.engine.rdb.DumpPayload;
import dev.sampo.engine.value.ListValue;
import dev.sampo.engine.value.SortedSetValue;
import dev.sampo.resp.Args;
import dev.sampo.resp.Ascii;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.OutputBuffer;
import dev.sampo.resp.ReplyWriter;
import java.nio.charset.StandardCharsets;

/// What a handler sees of the world, and the one way in which commands run: [#run(CommandSpec, Args, ReplyWriter)].
/// One per core, reused for every command, for one thread. HOT.
///
/// Before a command its driver says what the time is ([#now(long)], once a turn), who asks ([#session(Session)]) and what
/// may be touched: one shard ([#single(Shard)]) or, while it owns every shard that the request needs, all of them
/// ([#spread(long)]). A handler names keys by argument index and never learns where they live.
///
/// Every change of data ends in [#commit(Keyspace, long, int, int, byte[])], once per changed key and after the change:
/// it bumps watchers, counts, and reports the keyspace event. There is no other way; an assertion looks after each
/// command.
public final class CommandContext implements AutoCloseable {
    /// What a blocking command that would have answered an array answers when its time is over.
    public static final NullReply NULL_ARRAY = NullReply.ARRAY;
    /// What a blocking command that would have answered a string answers when its time is over.
    public static final NullReply NULL_BULK = NullReply.BULK;

    private static final byte[] DEL = "DEL".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] HDEL = "HDEL".getBytes(StandardCharsets.US_ASCII);
    /// Fields that are over and removed together.
    public static final int FIELDS_PER_EFFECT = 32;

    /// Length of [#unusedKey(Keyspace)].
    public static final int UNUSED_KEY_BYTES = 16;

    /// Room for two numbers as text.
    private static final int SCRATCH_BYTES = 64;
    private static final int SCRATCH_HALF = 32;

    // ---- immutable
    private final Shard[] shards;
    private final KeyspaceEvents events;
    private final FaultLog faults;
    private final Rng rng;
    private final CommandStats stats;
    private final AccessClock accessClock;
    private final ArgReader reader = new ArgReader();
    private final SetAlgebra sets = new SetAlgebra();
    private final SortedSetValue sortedSet = new SortedSetValue();
    private final SortedSetRange sortedSetRange = new SortedSetRange();
    private final StreamState streams = new StreamState();
    private final long scratch = OffHeap.allocate(SCRATCH_BYTES);

    // ---- views of values, turned to one after the other
    private final ListValue list = new ListValue();
    private final ListValue otherList = new ListValue();

    // ---- set by the driver
    private Shard shard;
    private boolean spread;
    /// Shards that the next commands may touch; bit per shard.
    private long owned;
    private Session session;
    private long now;
    private boolean replaying;
    private boolean checksChecksums = true;
    private boolean blockable;
    private KeyTracking tracking = KeyTracking.NONE;
    private boolean broadcasts;

    // ---- the command that runs
    private CommandSpec spec;
    /// Commits of this command, and how many of them were keys that expired under it.
    private int commits;
    private int expirations;
    /// Sum of the mutation counters at the last commit; kept only where assertions are on.
    private long committedMutations;

    // ---- blocking commands
    private final ReadyKeys ready = new ReadyKeys(this);
    private boolean blocked;
    private boolean woken;
    private boolean wakesOnRemoval;
    private long blockedUntil;
    private NullReply nullReply;
    /// What [#blockWith(Args, int, long, int)] was given, by argument index; null = nothing.
    private byte[][] replaced;
    private final Args wokenArgs = new Args();
    private final OutputBuffer wokenBytes = new OutputBuffer();

    // ---- the key that was located last; length -1 = none
    private long key;
    private int keyLength = -1;
    private Keyspace keyspace;
    private Keyspace foundIn;
    private long hash;
    private boolean hashed;

    private final HashValue hashValue = new HashValue();

    // ---- the active expiry cycle
    private final EntryVisitor expirer = this::expireDue;
    private final EntryVisitor fieldExpirer = this::expireDueFields;
    private Keyspace expiring;
    private int expired;
    private int expiredMax;
    /// A copy of a key whose entry is about to go.
    private long keyCopy;
    private int keyCopyCapacity;

    // ---- serialised values
    private DumpPayload payload;
    private final long unusedKey = OffHeap.allocate(UNUSED_KEY_BYTES);
    /// Whether this command took its changes back.
    private boolean undone;

    /// @param shards all shards of the server by index; each is touched only while the driver owns it
    /// @param rng of this core
    public CommandContext(CommandTable table, Shard[] shards, KeyspaceEvents events, Rng rng, FaultLog faults) {
        this.shards = shards.clone();
        this.events = events;
        this.rng = rng;
        this.faults = faults;
        this.stats = new CommandStats(table.size());
        this.accessClock = new AccessClock(rng);
        this.shard = shards[0];
    }

    // ---------------------------------------------------------------- for the driver

    /// Sets the time of this turn, in ms since 1970.
    public void now(long unixMillis) {
        now = unixMillis;
        accessClock.now(unixMillis);
    }

    /// Who the next commands come from.
    public void session(Session session) {
        this.session = session;
    }

    /// The next commands have all their keys on this shard.
    public void single(Shard shard) {
        this.shard = shard;
        owned = 1L << shard.index();
        spread = false;
        accessClock.settings(shard.settings());
    }

    /// The next commands have their keys on several shards, all of which the driver owns; bit per shard, at least one.
    public void spread(long owned) {
        single(shards[Long.numberOfTrailingZeros(owned)]);
        this.owned = owned;
        spread = true;
    }

    /// Whether effects from a log are being replayed: nothing then expires by itself, since the log says when it did,
    /// and deadlines in the past are kept.
    public void replaying(boolean replaying) {
        this.replaying = replaying;
    }

    /// Whether RESTORE looks at checksums (DEBUG SET-SKIP-CHECKSUM-VALIDATION).
    public void checksChecksums(boolean checked) {
        checksChecksums = checked;
    }

    public boolean checksChecksums() {
        return checksChecksums;
    }

    /// As [#run(CommandSpec, Args, ReplyWriter)], for a driver that already has the [KeyHash] of argument `firstKey`.
    public void run(CommandSpec spec, Args a, ReplyWriter r, int firstKey, long firstHash) {
        locate(a.address(firstKey), a.length(firstKey), session.db());
        hash = firstHash;
        hashed = true;
        execute(spec, a, r);
    }

    /// Runs a command on data whose arity has been checked, and logs its effects. Whatever happens, one reply is
    /// written: a handler that throws is answered for with an internal error whose id is the [FaultLog]'s.
    public void run(CommandSpec spec, Args a, ReplyWriter r) {
        keyLength = -1;
        execute(spec, a, r);
    }

    private void execute(CommandSpec spec, Args a, ReplyWriter r) {
        this.spec = spec;
        commits = 0;
        expirations = 0;
        blocked = false;
        undone = false;
        Keyspace home = shard.keyspace(session.db());
        long before = home.mutations();
        long mark = r.target().size();
        assert noteMutations();
        try {
            spec.shardHandler().run(this, a, r);
        } catch (Exception | Error e) {
            fault(e, r, mark);
        }
        if (!blocked) {
            stats.called(spec.id());
            if (OffHeap.getByte(r.target().address() + mark) == '-') {
                stats.failed(spec.id());
            }
        }
        if (commits != expirations && spec.effect() == Effect.VERBATIM) {
            logRequest(a);
        }
        if (commits == 0 && !undone && home.mutations() != before) {
            shard.counters().forgottenCommit();
        }
        // Addresses mean something else in the next request.
        keyLength = -1;
        assert committedMutations == mutations() : spec + " changed data without a commit";
    }

    /// A bug fails one command: the client gets a whole reply in the place of a half-written one.
    private void fault(Throwable e, ReplyWriter r, long mark) {
        stats.fault();
        blocked = false;
        r.target().truncate(mark);
        r.error("ERR internal error, id " + faults.fault(spec, e));
        assert noteMutations();
    }

    public CommandStats stats() {
        return stats;
    }

    @Override
    public void close() {
        streams.close();
        OffHeap.free(scratch, SCRATCH_BYTES);
        sortedSet.close();
        OffHeap.free(keyCopy, keyCopyCapacity);
        keyCopy = 0;
        hashValue.close();
        list.close();
        otherList.close();
        ready.close();
        wokenArgs.close();
        wokenBytes.release();
        OffHeap.free(unusedKey, UNUSED_KEY_BYTES);
        sets.close();
        if (payload != null) {
            payload.close();
        }
    }

    // ---------------------------------------------------------------- surroundings

    /// The row that is being executed.
    public CommandSpec spec() {
        return spec;
    }

    public Session session() {
        return session;
    }

    /// The time of this turn, in ms since 1970.
    public long now() {
        return now;
    }

    public boolean replaying() {
        return replaying;
    }

    public Rng rng() {
        return rng;
    }

    public Settings settings() {
        return shard.settings();
    }

    /// Access times and frequencies of entries.
    public AccessClock accessClock() {
        return accessClock;
    }

    /// The flyweight for the one hash that a command looks at; there is one per context.
    public HashValue hashValue() {
        return hashValue;
    }

    /// Number of logical databases.
    public int databases() {
        return shard.databases();
    }

    /// Whether this command may touch a shard. Commands on whole databases go over the shards for which this holds: all
    /// of them, except when the effect of such a command on one shard is replayed.
    public boolean owns(int shard) {
        return (owned >>> shard & 1) != 0;
    }

    /// Number of shards of the server.
    public int shards() {
        return shards.length;
    }

    public Shard shard(int i) {
        return shards[i];
    }

    /// What the commands on sets work with.
    public SetAlgebra sets() {
        return sets;
    }

    /// A reader over the arguments from index `from` on; there is one per context.
    public ArgReader reader(Args a, int from) {
        return reader.over(a, from, now);
    }

    /// A list to turn to the one that is worked on.
    public ListValue list() {
        return list;
    }

    /// A list besides [#list()].
    public ListValue otherList() {
        return otherList;
    }

    /// The flyweight for the one sorted set that a command looks at; there is one per context.
    public SortedSetValue sortedSet() {
        return sortedSet;
    }

    /// The range of a sorted set that a command asks for; there is one per context.
    public SortedSetRange sortedSetRange() {
        return sortedSetRange;
    }

    /// What stream commands reuse; there is one per context.
    public StreamState streams() {
        return streams;
    }

    // ---------------------------------------------------------------- keys

    /// The keyspace of the key in argument `i`, in the session's database.
    public Keyspace keyspace(Args a, int i) {
        locate(a.address(i), a.length(i), session.db());
        return keyspace;
    }

    /// The keyspace of the key in argument `i`, in database `db`.
    public Keyspace keyspace(Args a, int i, int db) {
        locate(a.address(i), a.length(i), db);
        return keyspace;
    }

    /// [KeyHash] of the key in argument `i`, computed at most once while no other key is asked for.
    public long hash(Args a, int i) {
        long address = a.address(i);
        int length = a.length(i);
        if (address != key || length != keyLength) {
            locate(address, length, session.db());
        }
        return locatedHash();
    }

    /// The memory of the last key holds another key now: for handlers that make keys up.
    public void forgetKey() {
        keyLength = -1;
    }

    private void locate(long address, int length, int db) {
        if (address != key || length != keyLength) {
            key = address;
            keyLength = length;
            hashed = false;
        }
        Shard owner = spread ? shards[SlotMap.shard(SlotMap.slot(address, length), shards.length)] : shard;
        keyspace = owner.keyspace(db);
        keyspace.initialAccess(accessClock.initial(), accessClock.isFrequency());
    }

    private long locatedHash() {
        if (!hashed) {
            hash = KeyHash.hash(key, keyLength);
            hashed = true;
        }
        return hash;
    }

    /// The live entry of the key in argument `i` for a command that reads it, or 0. Counts the hit or miss, reports the
    /// miss, and notes the access.
    public long lookupRead(Args a, int i) {
        long e = lookupQuietly(a, i);
        if (e != 0 && !session.noTouch()) {
            accessClock.touch(e);
        }
        return e;
    }

    /// As [#lookupRead(Args, int)], of a key that is no argument: one that the data name. The command needs all shards.
    public long lookupRead(long key, int length) {
        // The same memory may have held another key before.
        keyLength = -1;
        locate(key, length, session.db());
        long e = live();
        if (e == 0) {
            miss();
        } else {
            shards[keyspace.shardIndex()].counters().hit();
            if (!session.noTouch()) {
                accessClock.touch(e);
            }
        }
        foundIn = keyspace;
        keyLength = -1;
        return e;
    }

    /// The keyspace that [#lookupRead(long, int)] looked in last.
    public Keyspace foundIn() {
        return foundIn;
    }

    /// As [#lookupRead(Args, int)], but it is no access: for commands that ask about a key and not for its value.
    public long lookupQuietly(Args a, int i) {
        locate(a.address(i), a.length(i), session.db());
        long e = live();
        if (e == 0) {
            miss();
            return 0;
        }
        shards[keyspace.shardIndex()].counters().hit();
        return e;
    }

    /// As [#lookupQuietly(Args, int)], and a miss is not reported either: for commands that look behind the scenes.
    public long inspect(Args a, int i) {
        locate(a.address(i), a.length(i), session.db());
        long e = live();
        Counters counters = shards[keyspace.shardIndex()].counters();
        if (e == 0) {
            counters.miss();
        } else {
            counters.hit();
        }
        return e;
    }

    /// As [#lookupRead(Args, int)], for TOUCH: the access counts even for clients whose reads do not.
    public long lookupTouch(Args a, int i) {
        long e = lookupQuietly(a, i);
        if (e != 0) {
            accessClock.touch(e);
        }
        return e;
    }

    /// The live entry of the key in argument `i` for a command that is about to change it, or 0.
    public long lookupWrite(Args a, int i) {
        return lookupWrite(a, i, session.db());
    }

    /// The live entry of the key in argument `i` in database `db` for a command that is about to change it, or 0.
    public long lookupWrite(Args a, int i, int db) {
        locate(a.address(i), a.length(i), db);
        long e = live();
        if (e != 0 && !session.noTouch()) {
            accessClock.touch(e);
        }
        return e;
    }

    /// The entry of the located key, unless its time is over; then it goes.
    private long live() {
        long e = keyspace.find(key, keyLength, locatedHash());
        if (e != 0 && isOver(e)) {
            expire(keyspace, key, keyLength, hash);
            return 0;
        }
        return e;
    }

    /// Whether an entry is only waiting for its removal. As in Redis a key still lives in the millisecond of its deadline.
    public boolean isOver(long e) {
        return Entry.hasDeadline(e) && now > Entry.deadline(e) && !replaying;
    }

    private void miss() {
        Shard owner = shards[keyspace.shardIndex()];
        owner.counters().miss();
        notify(owner, keyspace, key, keyLength, EventClass.KEY_MISS, EventName.KEY_MISS);
    }

    /// The value of a string entry as text: its bytes, or its number written into scratch memory of which there are two
    /// pieces, 0 and 1. Valid until the entry changes or the same piece is used again.
    public long text(long e, int piece) {
        if (!Entry.isInteger(e)) {
            return Entry.valueAddress(e);
        }
        long at = scratch + piece * SCRATCH_HALF;
        Ascii.writeLong(at, Entry.integer(e));
        return at;
    }

    /// Length of [#text(long, int)].
    public int textLength(long e) {
        return Entry.isInteger(e) ? Ascii.longLength(Entry.integer(e)) : Entry.valueLength(e);
    }

    /// Serialises and reads values.
    public DumpPayload payload() {
        if (payload == null) {
            payload = new DumpPayload();
        }
        return payload;
    }

    /// A key of [#UNUSED_KEY_BYTES] that nobody has, for a value that is still in the making; before the command ends it is
    /// renamed or deleted.
    public long unusedKey(Keyspace ks) {
        OffHeap.putLong(unusedKey, 0);
        OffHeap.putLong(unusedKey + 8, 0);
        while (ks.find(unusedKey, UNUSED_KEY_BYTES, KeyHash.hash(unusedKey, UNUSED_KEY_BYTES)) != 0) {
            OffHeap.putLong(unusedKey + 8, OffHeap.getLong(unusedKey + 8) + 1);
        }
        return unusedKey;
    }

    /// The digits of a number, in scratch memory: valid until [#text(long, int)] uses piece 1 or this is called again.
    public long digits(long value) {
        long at = scratch + SCRATCH_HALF;
        Ascii.writeLong(at, value);
        return at;
    }

    // ---------------------------------------------------------------- changes

    /// Completes the change of one key; called after it, once.
    ///
    /// @param key where the key's bytes lie; not in the entry if that is gone
    /// @param eventClass a bit of [EventClass]
    /// @param eventName a constant like those of [EventName]
    public void commit(Keyspace ks, long key, int keyLength, int eventClass, byte[] eventName) {
        Shard owner = shards[ks.shardIndex()];
        commits++;
        owner.counters().change(1);
        if (!owner.watches().isEmpty()) {
            owner.watches().touched(owner.db(ks), ks, key, keyLength);
        }
        if (!owner.waits().isEmpty()) {
            owner.waits().touched(owner.db(ks), key, keyLength, ready);
        }
        if (broadcasts || !owner.tracked().isEmpty()) {
            invalidate(owner, key, keyLength, eventClass);
        }
        notify(owner, ks, key, keyLength, eventClass, eventName);
        assert noteMutations();
    }

    /// [#commit(Keyspace, long, int, int, byte[])] of the key in argument `i`.
    public void commit(Keyspace ks, Args a, int i, int eventClass, byte[] eventName) {
        commit(ks, a.address(i), a.length(i), eventClass, eventName);
    }

    /// As [#commit(Keyspace, Args, int, int, byte[])], of something that belongs to the key in argument `i` without being its
    /// value to those who watch it or wait for it: a stream's consumer groups.
    ///
    /// @param eventClass 0 = no event
    public void commitAside(Keyspace ks, Args a, int i, int eventClass, byte[] eventName) {
        commits++;
        shards[ks.shardIndex()].counters().change(1);
        event(ks, a, i, eventClass, eventName);
        assert noteMutations();
    }

    /// Lets those run again who wait for the key in argument `i`.
    public void wake(Keyspace ks, Args a, int i) {
        Shard owner = shards[ks.shardIndex()];
        if (!owner.waits().isEmpty()) {
            owner.waits().touched(owner.db(ks), a.address(i), a.length(i), ready);
        }
    }

    /// Completes changes that a command made and took back: the data are what they were.
    public void undone() {
        undone = true;
        assert noteMutations();
    }

    /// Reports a further event about a key that is being committed.
    public void event(Keyspace ks, Args a, int i, int eventClass, byte[] eventName) {
        notify(shards[ks.shardIndex()], ks, a.address(i), a.length(i), eventClass, eventName);
    }

    /// Reports that the key in argument `i` came into being; before its commit.
    public void created(Keyspace ks, Args a, int i) {
        event(ks, a, i, EventClass.NEW, EventName.NEW);
    }

    private void notify(Shard owner, Keyspace ks, long key, int keyLength, int eventClass, byte[] name) {
        if ((owner.settings().eventClasses() & eventClass) != 0) {
            events.event(owner.db(ks), eventClass, name, key, keyLength);
        }
    }

    /// Removes a key because its time is over, and logs that.
    private void expire(Keyspace ks, long key, int keyLength, long hash) {
        ks.delete(key, keyLength, hash);
        Shard owner = shards[ks.shardIndex()];
        owner.counters().expire();
        expirations++;
        EffectLog log = owner.effects();
        if (log.enabled()) {
            log.begin(owner.index(), owner.db(ks), 2);
            log.argument(DEL);
            log.argument(key, keyLength);
            log.end();
        }
        commit(ks, key, keyLength, EventClass.EXPIRED, EventName.EXPIRED);
    }

    /// Removes the key of an entry whose time is over.
    public void expire(Keyspace ks, long e) {
        int length = copyKey(e);
        expire(ks, keyCopy, length, KeyHash.hash(keyCopy, length));
    }

    private int copyKey(long e) {
        int length = Entry.keyLength(e);
        if (length > keyCopyCapacity) {
            keyCopy = OffHeap.reallocate(keyCopy, keyCopyCapacity, length);
            keyCopyCapacity = length;
        }
        OffHeap.copy(Entry.keyAddress(e), keyCopy, length);
        return length;
    }

    /// The time that decides which fields of hashes are over: as with keys, none are while effects are replayed.
    public long fieldTime() {
        return replaying ? HashValue.NOTHING_IS_OVER : now;
    }

    /// Removes the current field of a hash, which is over, and logs that; returns whether it was the last one, with which the
    /// key went.
    ///
    /// @param hash the hash of the key in argument `i`, opened for changes
    public boolean expireField(Keyspace ks, Args a, int i, HashValue hash) {
        EffectLog log = shards[ks.shardIndex()].effects();
        if (log.enabled()) {
            effect(ks, HDEL, 3);
            log.argument(a.address(i), a.length(i));
            log.argument(hash.fieldAddress(), hash.fieldLength());
            log.end();
        }
        hash.remove();
        return commitFieldExpiry(ks, a.address(i), a.length(i), hash(a, i), hash);
    }

    private boolean commitFieldExpiry(Keyspace ks, long key, int keyLength, long keyHash, HashValue hash) {
        boolean gone = hash.storedSize() == 0;
        if (gone) {
            ks.delete(key, keyLength, keyHash);
        }
        expirations++;
        commit(ks, key, keyLength, EventClass.HASH, EventName.HEXPIRED);
        if (gone) {
            notify(shards[ks.shardIndex()], ks, key, keyLength, EventClass.GENERIC, EventName.DEL);
        }
        return gone;
    }

    /// Looks at about `samples` of the hashes whose fields have deadlines and removes fields that are over; returns how many.
    int expireFields(Keyspace ks, int samples) {
        expiring = ks;
        expired = 0;
        expiredMax = samples * FIELDS_PER_EFFECT;
        assert noteMutations();
        ks.fieldExpireCycle(samples, fieldExpirer);
        assert committedMutations == mutations() : "a field expired without a commit";
        return expired;
    }

    private void expireDueFields(long e) {
        if (!hashValue.open(expiring, e, now).firstOver()) {
            return;
        }
        if (expired >= expiredMax) {
            expiring.holdFieldExpiry();
            return;
        }
        int length = copyKey(e);
        long hash = KeyHash.hash(keyCopy, length);
        expiring.find(keyCopy, length, hash);
        hashValue.open(expiring, keyCopy, length, hash, e, settings().collections(), now);
        int n;
        do {
            n = expireSomeFields(keyCopy, length);
            expired += n;
        } while (n == FIELDS_PER_EFFECT && expired < expiredMax);
        if (n == FIELDS_PER_EFFECT) {
            expiring.holdFieldExpiry();
        }
        commitFieldExpiry(expiring, keyCopy, length, hash, hashValue);
    }

    private int expireSomeFields(long key, int keyLength) {
        int n = 0;
        for (boolean more = hashValue.firstOver(); more && n < FIELDS_PER_EFFECT; more = hashValue.nextOver()) {
            n++;
        }
        EffectLog log = shards[expiring.shardIndex()].effects();
        if (n > 0 && log.enabled()) {
            effect(expiring, HDEL, 2 + n);
            log.argument(key, keyLength);
            hashValue.firstOver();
            for (int i = 0; i < n; i++) {
                log.argument(hashValue.fieldAddress(), hashValue.fieldLength());
                hashValue.nextOver();
            }
            log.end();
        }
        if (n > 0) {
            hashValue.removeOver(n);
        }
        return n;
    }

    /// Removes the key of an entry to make room, and logs that.
    void evict(Keyspace ks, long e) {
        int length = copyKey(e);
        assert noteMutations();
        ks.delete(keyCopy, length, KeyHash.hash(keyCopy, length));
        Shard owner = shards[ks.shardIndex()];
        owner.counters().evict();
        EffectLog log = owner.effects();
        if (log.enabled()) {
            log.begin(owner.index(), owner.db(ks), 2);
            log.argument(DEL);
            log.argument(keyCopy, length);
            log.end();
        }
        commit(ks, keyCopy, length, EventClass.EVICTED, EventName.EVICTED);
    }

    /// Removes those among about `samples` volatile entries whose time is over; returns how many.
    int expireSome(Keyspace ks, int samples) {
        expiring = ks;
        expired = 0;
        assert noteMutations();
        // The keyspace counts the millisecond of the deadline as over, which is one too early here.
        ks.expireCycle(now - 1, samples, expirer);
        assert committedMutations == mutations() : "a key expired without a commit";
        return expired;
    }

    private void expireDue(long e) {
        expire(expiring, e);
        expired++;
    }

    /// Empties a database of one shard. Its keys are not reported one by one.
    public void flush(Shard owner, int db) {
        Keyspace ks = owner.keyspace(db);
        owner.watches().replaced(db, ks, null, now);
        commits++;
        owner.counters().change(ks.size());
        owner.flush(db);
        owner.waits().replaced(db, ready);
        owner.tracked().clear();
        tracking.flushed();
        keyLength = -1;
        assert noteMutations();
    }

    /// Exchanges two databases of one shard.
    public void swap(Shard owner, int one, int other) {
        Keyspace first = owner.keyspace(one);
        Keyspace second = owner.keyspace(other);
        owner.watches().replaced(one, first, second, now);
        owner.watches().replaced(other, second, first, now);
        commits++;
        owner.counters().change(1);
        owner.swap(one, other);
        owner.waits().replaced(one, ready);
        owner.waits().replaced(other, ready);
        keyLength = -1;
        assert noteMutations();
    }

    private boolean noteMutations() {
        committedMutations = mutations();
        return true;
    }

    private long mutations() {
        if (!spread) {
            return shard.mutations();
        }
        long mutations = 0;
        for (Shard each : shards) {
            if (owns(each.index())) {
                mutations += each.mutations();
            }
        }
        return mutations;
    }

    // ---------------------------------------------------------------- blocking, for handlers

    /// Whether the client may wait: not in a transaction, nor when effects are replayed.
    public boolean mayBlock() {
        return blockable && !replaying;
    }

    /// Whether the request runs again for a client that has been waiting.
    public boolean isWoken() {
        return woken;
    }

    /// Lets the client wait; the handler writes no reply and has changed nothing. The request runs again when one of its
    /// keys with [KeyFlag#ACCESS] has changed and holds a value of the command's type.
    ///
    /// @param timeoutMillis 0 = for ever; as from [ArgReader#nextTimeout()]
    /// @param nullReply what is answered when that is over, [#NULL_ARRAY] or [#NULL_BULK]
    public void block(Args a, long timeoutMillis, NullReply nullReply) {
        assert mayBlock();
        blocked = true;
        blockedUntil = timeoutMillis == 0 ? Long.MAX_VALUE : now + timeoutMillis;
        this.nullReply = nullReply;
    }

    /// Before [#block(Args, long, NullReply)]: another text in the place of argument `i` when the request runs again.
    public void blockWith(Args a, int i, long address, int length) {
        if (replaced == null) {
            replaced = new byte[a.count()][];
        }
        replaced[i] = OffHeap.bytes(address, length);
    }

    /// Before [#block(Args, long, NullReply)]: the request runs again too when a key of its is gone or holds a value of
    /// another type.
    public void wakeOnRemoval() {
        wakesOnRemoval = true;
    }

    // ---------------------------------------------------------------- blocking, for the driver

    /// Whether the commands that follow may wait. The driver then looks at [#isBlocked()] after each of them.
    public void blockable(boolean blockable) {
        this.blockable = blockable;
    }

    /// Whether the command that ran last waits instead of having replied.
    public boolean isBlocked() {
        return blocked;
    }

    /// The command that ran last waits: registers its client with all its keys. `waiter` is not shared with another
    /// thread yet, or has been claimed by [Waiter#tryRun()].
    ///
    /// @param a the request
    public void await(Waiter waiter, Args a) {
        waiter.keep(a, replaced, blockedUntil, nullReply);
        KeySpec keys = spec.keys();
        int type = typeOf(spec);
        for (int i = 0, count = keys.keyCount(a); i < count; i++) {
            if ((keys.keyFlags(a, i) & KeyFlag.ACCESS) != 0) {
                int at = keys.keyIndex(a, i);
                Keyspace ks = keyspace(a, at);
                shards[ks.shardIndex()].waits().add(session.db(), a.address(at), a.length(at), type, wakesOnRemoval, waiter);
            }
        }
        keyLength = -1;
        replaced = null;
        wakesOnRemoval = false;
    }

    /// The type of values that a blocking command takes something out of.
    private static int typeOf(CommandSpec spec) {
        long categories = spec.categories();
        if ((categories & Category.LIST) != 0) {
            return Type.LIST;
        }
        if ((categories & Category.SORTED_SET) != 0) {
            return Type.ZSET;
        }
        return (categories & Category.STREAM) != 0 ? Type.STREAM : Type.STRING;
    }

    /// Whether keys that somebody waits for have changed: asked after every command or transaction, and answered by
    /// [#serve(long, WaiterDriver)] before the next one.
    public boolean hasReady() {
        return !ready.isEmpty();
    }

    /// Serves those who wait for keys that have changed, first come, first served.
    ///
    /// @param owned all shards at hand; bit per shard
    public void serve(long owned, WaiterDriver driver) {
        ready.serve(owned, driver);
    }

    /// Runs the request of a waiter again; its shards have been selected. Without a reply it still waits.
    ///
    /// @return whether there was a reply
    public boolean rerun(Waiter waiter, ReplyWriter r) {
        session(waiter);
        waiter.select(wokenArgs, wokenBytes);
        woken = true;
        boolean before = blockable;
        blockable = true;
        run(waiter.spec(), wokenArgs, r);
        blockable = before;
        woken = false;
        replaced = null;
        wakesOnRemoval = false;
        return !blocked;
    }

    /// All shards of `waiter` are at hand, for whom keys were claimed: those are ready again.
    public void turnOf(Waiter waiter) {
        for (long rest = waiter.shards(); rest != 0; rest &= rest - 1) {
            shards[Long.numberOfTrailingZeros(rest)].waits().unclaim(waiter, ready);
        }
    }

    /// A waiter that is done waits for no key of its shards, all of which are at hand.
    public void forget(Waiter waiter) {
        for (long rest = waiter.shards(); rest != 0; rest &= rest - 1) {
            forget(waiter, shards[Long.numberOfTrailingZeros(rest)]);
        }
    }

    /// A waiter that is done waits for no key of this shard. Those behind it may be due: [#hasReady()].
    public void forget(Waiter waiter, Shard owner) {
        owner.waits().remove(waiter, ready);
    }

    /// The live entry of a key that somebody waits for, or 0.
    long peek(Waits.Queue queue, long owned, long key) {
        Shard owner = shards[SlotMap.shard(SlotMap.slot(key, queue.key.length), shards.length)];
        assert (owned >>> owner.index() & 1) != 0;
        long e = owner.keyspace(queue.db).find(key, queue.key.length, queue.hash);
        return e == 0 || isOver(e) ? 0 : e;
    }

    // ---------------------------------------------------------------- tracking

    /// Who tells clients that track keys of changes.
    public void tracking(KeyTracking tracking) {
        this.tracking = tracking;
    }

    /// Whether all changes are told, not only those of keys that somebody has read.
    public void broadcasts(boolean broadcasts) {
        this.broadcasts = broadcasts;
    }

    /// The command that ran last, on the shards that are selected, has read its keys for a client that tracks them.
    public void track(CommandSpec read, Args a, Tracker tracker) {
        KeySpec keys = read.keys();
        for (int i = 0, count = keys.keyCount(a); i < count; i++) {
            int at = keys.keyIndex(a, i);
            Keyspace ks = keyspace(a, at);
            shards[ks.shardIndex()].tracked().remember(a.address(at), a.length(at), tracker, tracking);
        }
        keyLength = -1;
    }

    /// As [#track(CommandSpec, Args, Tracker)], for the request that [#rerun(Waiter, ReplyWriter)] ran last.
    public void trackRerun(CommandSpec read, Tracker tracker) {
        track(read, wokenArgs, tracker);
    }

    private void invalidate(Shard owner, long key, int keyLength, int eventClass) {
        boolean byItself = (eventClass & (EventClass.EXPIRED | EventClass.EVICTED)) != 0;
        long writer = byItself || session == null ? 0 : session.client();
        owner.tracked().touched(key, keyLength, writer, tracking);
        if (broadcasts) {
            tracking.changed(key, keyLength, writer);
        }
    }

    // ---------------------------------------------------------------- watching

    /// Starts watching the key in argument `i` for a client.
    public void watch(Args a, int i, Watcher watcher) {
        // Outside of a command what was located last may be an older request in the same memory.
        keyLength = -1;
        Keyspace ks = keyspace(a, i);
        long e = ks.find(a.address(i), a.length(i), hash(a, i));
        boolean over = e != 0 && isOver(e);
        shards[ks.shardIndex()].watches().watch(session.db(), a.address(i), a.length(i), over, watcher);
    }

    /// Stops watching for a client, on the current shard or, when spread, on all it may touch.
    public void unwatch(Watcher watcher) {
        if (!spread) {
            shard.watches().unwatch(watcher);
            return;
        }
        for (Shard each : shards) {
            if (owns(each.index())) {
                each.watches().unwatch(watcher);
            }
        }
    }

    /// Whether nothing that a client watches has changed or expired, on the current shard or, when spread, on any it may touch.
    public boolean isUnchanged(Watcher watcher) {
        if (watcher.dirty()) {
            return false;
        }
        if (!spread) {
            return !shard.watches().expired(watcher, shard, now);
        }
        for (Shard each : shards) {
            if (owns(each.index()) && each.watches().expired(watcher, each, now)) {
                return false;
            }
        }
        return true;
    }

    // ---------------------------------------------------------------- effects

    /// Whether effects on this keyspace are wanted: asked before [#effect(Keyspace, byte[], int)].
    public boolean logs(Keyspace ks) {
        return shards[ks.shardIndex()].effects().enabled();
    }

    /// Begins an effect of `argumentCount` arguments, of which `name` is the first; the caller adds the others and ends it.
    public EffectLog effect(Keyspace ks, byte[] name, int argumentCount) {
        Shard owner = shards[ks.shardIndex()];
        EffectLog log = owner.effects();
        log.begin(owner.index(), owner.db(ks), argumentCount);
        log.argument(name);
        return log;
    }

    /// Adds a number to an effect.
    public void number(EffectLog log, long value) {
        log.argument(scratch, Ascii.writeLong(scratch, value));
    }

    /// Adds a number to an effect.
    public void number(EffectLog log, double value) {
        log.argument(scratch, Ascii.writeDouble(scratch, value));
    }

    /// The request is its own effect.
    private void logRequest(Args a) {
        if (!spread) {
            EffectLog log = shard.effects();
            if (log.enabled()) {
                log.begin(shard.index(), session.db(), a.count());
                log.argument(spec.effectName());
                for (int i = 1; i < a.count(); i++) {
                    log.argument(a.address(i), a.length(i));
                }
                log.end();
            }
            return;
        }
        for (Shard each : shards) {
            if (owns(each.index()) && each.effects().enabled()) {
                logSlice(each, a);
            }
        }
    }

    /// Cuts out of a request what belongs to the keys of one shard. With one key everything does; with more, each key
    /// has the arguments up to the next one.
    private void logSlice(Shard owner, Args a) {
        KeySpec keys = spec.keys();
        int count = keys.keyCount(a);
        int mine = 0;
        for (int i = 0; i < count; i++) {
            mine += isOn(owner, a, keys.keyIndex(a, i)) ? 1 : 0;
        }
        if (mine == 0) {
            return;
        }
        int group = count == 1 ? a.count() - 1 : keys.keyIndex(a, 1) - keys.keyIndex(a, 0);
        EffectLog log = owner.effects();
        log.begin(owner.index(), session.db(), 1 + mine * group);
        log.argument(spec.effectName());
        for (int i = 0; i < count; i++) {
            int at = keys.keyIndex(a, i);
            if (isOn(owner, a, at)) {
                for (int j = 0; j < group; j++) {
                    log.argument(a.address(at + j), a.length(at + j));
                }
            }
        }
        log.end();
    }

    private boolean isOn(Shard owner, Args a, int i) {
        return SlotMap.shard(SlotMap.slot(a.address(i), a.length(i)), shards.length) == owner.index();
    }
}
