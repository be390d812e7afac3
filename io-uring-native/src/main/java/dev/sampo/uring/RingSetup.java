package dev.sampo.uring;

import java.util.StringJoiner;

/// A ring as the kernel handed it out: its descriptor, its mapped memory and what was agreed on.
///
/// Older kernels refuse setup flags that they do not know with EINVAL. The ladder below is walked from the best set down;
/// each step gives up what one kernel generation added.
///
/// @param flags the setup flags that were accepted
/// @param rings address of the two rings, mapped together
/// @param sqes address of the submission entries
record RingSetup(int fd, int flags, int features, int sqEntries, int cqEntries, long rings, long ringsBytes, long sqes,
                 long params) {
    static final int PARAMS_BYTES = Abi.PARAMS_BYTES;
    /// The features without which this package does not work; all are older than the multishot operations it uses.
    static final int REQUIRED_FEATURES = Abi.FEAT_SINGLE_MMAP | Abi.FEAT_NODROP | Abi.FEAT_SUBMIT_STABLE | Abi.FEAT_FAST_POLL
            | Abi.FEAT_EXT_ARG;

    private static final int BASE = Abi.SETUP_CQSIZE | Abi.SETUP_CLAMP;
    private static final int DEFER = BASE | Abi.SETUP_SUBMIT_ALL | Abi.SETUP_SINGLE_ISSUER | Abi.SETUP_DEFER_TASKRUN
            | Abi.SETUP_TASKRUN_FLAG;
    private static final int COOP = BASE | Abi.SETUP_SUBMIT_ALL | Abi.SETUP_COOP_TASKRUN | Abi.SETUP_TASKRUN_FLAG;
    private static final int[] LADDER = {
        DEFER | Abi.SETUP_NO_SQARRAY,
        DEFER,
        COOP | Abi.SETUP_SINGLE_ISSUER,
        COOP,
        BASE | Abi.SETUP_SUBMIT_ALL,
        BASE,
    };
    private static final int FIRST_WITHOUT_DEFER = 2;

    static int ladderSteps() {
        return LADDER.length;
    }

    /// Creates and maps a ring.
    ///
    /// @param firstStep where on the ladder to begin, 0 = best
    /// @param params [#PARAMS_BYTES] bytes that the caller owns; filled with what the kernel answered
    /// @throws UringException when no step is accepted or memory cannot be mapped
    static RingSetup open(IoUring.Options options, int firstStep, long params) {
        int step = options.deferTaskrun() ? firstStep : Math.max(firstStep, FIRST_WITHOUT_DEFER);
        int fd = -Errno.EINVAL;
        int flags = 0;
        for (; step < LADDER.length && fd == -Errno.EINVAL; step++) {
            flags = LADDER[step] | (options.startDisabled() ? Abi.SETUP_R_DISABLED : 0);
            fd = setup(options, flags, params);
        }
        if (fd < 0) {
            throw new UringException(-fd, "io_uring_setup: " + Errno.describe(fd));
        }
        return map(fd, flags, params);
    }

    private static int setup(IoUring.Options options, int flags, long params) {
        for (int i = 0; i < PARAMS_BYTES; i += 8) {
            RawMemory.putLong(params + i, 0);
        }
        RawMemory.putInt(params + Abi.PARAMS_FLAGS, flags);
        RawMemory.putInt(params + Abi.PARAMS_CQ_ENTRIES, options.cqEntries());
        return (int) Kernel.call(Kernel.IO_URING_SETUP, options.sqEntries(), params, 0, 0, 0, 0);
    }

    private static RingSetup map(int fd, int flags, long params) {
        int features = RawMemory.getInt(params + Abi.PARAMS_FEATURES);
        if ((features & REQUIRED_FEATURES) != REQUIRED_FEATURES) {
            Kernel.close(fd);
            throw new UringException(Errno.EOPNOTSUPP, "this kernel's io_uring lacks features: it has 0x"
                    + Integer.toHexString(features) + ", needed are 0x" + Integer.toHexString(REQUIRED_FEATURES));
        }
        int sqEntries = RawMemory.getInt(params + Abi.PARAMS_SQ_ENTRIES);
        int cqEntries = RawMemory.getInt(params + Abi.PARAMS_CQ_ENTRIES);
        long sqBytes = (flags & Abi.SETUP_NO_SQARRAY) != 0 ? 0 : sqOffset(params, Abi.SQ_OFF_ARRAY) + 4L * sqEntries;
        long cqBytes = cqOffset(params, Abi.CQ_OFF_CQES) + ((long) cqEntries << Abi.CQE_SHIFT);
        long ringsBytes = Math.max(sqBytes, cqBytes);
        long rings = Kernel.mmapShared(fd, Abi.MMAP_RINGS, ringsBytes);
        if (rings < 0) {
            Kernel.close(fd);
            throw new UringException((int) -rings, "mapping the rings: " + Errno.describe((int) rings));
        }
        long sqes = Kernel.mmapShared(fd, Abi.MMAP_SQES, (long) sqEntries << Abi.SQE_SHIFT);
        if (sqes < 0) {
            Kernel.munmap(rings, ringsBytes);
            Kernel.close(fd);
            throw new UringException((int) -sqes, "mapping the submission entries: " + Errno.describe((int) sqes));
        }
        if ((flags & Abi.SETUP_NO_SQARRAY) == 0) {
            // The index array is the identity for ever: entries are submitted in the order in which they are filled.
            long array = rings + sqOffset(params, Abi.SQ_OFF_ARRAY);
            for (int i = 0; i < sqEntries; i++) {
                RawMemory.putInt(array + 4L * i, i);
            }
        }
        return new RingSetup(fd, flags, features, sqEntries, cqEntries, rings, ringsBytes, sqes, params);
    }

    /// Address of a field of the submission ring.
    long sqField(int offsetField) {
        return rings + sqOffset(params, offsetField);
    }

    /// Address of a field of the completion ring.
    long cqField(int offsetField) {
        return rings + cqOffset(params, offsetField);
    }

    void unmap() {
        Kernel.munmap(sqes, (long) sqEntries << Abi.SQE_SHIFT);
        Kernel.munmap(rings, ringsBytes);
    }

    private static long sqOffset(long params, int field) {
        return Integer.toUnsignedLong(RawMemory.getInt(params + Abi.PARAMS_SQ_OFF + field));
    }

    private static long cqOffset(long params, int field) {
        return Integer.toUnsignedLong(RawMemory.getInt(params + Abi.PARAMS_CQ_OFF + field));
    }

    /// Setup flags as text, `SINGLE_ISSUER|DEFER_TASKRUN|...`.
    static String flagNames(int flags) {
        StringJoiner names = new StringJoiner("|");
        name(names, flags, Abi.SETUP_SINGLE_ISSUER, "SINGLE_ISSUER");
        name(names, flags, Abi.SETUP_DEFER_TASKRUN, "DEFER_TASKRUN");
        name(names, flags, Abi.SETUP_COOP_TASKRUN, "COOP_TASKRUN");
        name(names, flags, Abi.SETUP_TASKRUN_FLAG, "TASKRUN_FLAG");
        name(names, flags, Abi.SETUP_SUBMIT_ALL, "SUBMIT_ALL");
        name(names, flags, Abi.SETUP_NO_SQARRAY, "NO_SQARRAY");
        name(names, flags, Abi.SETUP_CQSIZE, "CQSIZE");
        name(names, flags, Abi.SETUP_CLAMP, "CLAMP");
        name(names, flags, Abi.SETUP_R_DISABLED, "R_DISABLED");
        return names.toString();
    }

    private static void name(StringJoiner names, int flags, int flag, String name) {
        if ((flags & flag) != 0) {
            names.add(name);
        }
    }
}
