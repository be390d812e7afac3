package dev.sampo.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.CollectionLimits;
import dev.sampo.engine.keyspace.KeyHash;
import dev.sampo.engine.keyspace.Keyspace;
import dev.sampo.engine.keyspace.TestBlocks;
import dev.sampo.resp.Ascii;
import dev.sampo.resp.OffHeap;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MemberPrefetchTest {
    private static final int TEXT_BYTES = 32;

    private final Keyspace keyspace = TestBlocks.unguardedKeyspace(BigValueTypes.ALL);
    private final SetValue set = new SetValue();
    private final MemberPrefetch prefetch = new MemberPrefetch();
    private final long texts = OffHeap.allocate(TEXT_BYTES * (MemberPrefetch.MEMBERS_MAX + 2L));
    private final long key = texts + TEXT_BYTES * (MemberPrefetch.MEMBERS_MAX + 1L);
    private final long hash;

    MemberPrefetchTest() {
        OffHeap.putByte(key, (byte) 'k');
        hash = KeyHash.hash(key, 1);
    }

    @AfterEach
    void release() {
        keyspace.assertValid();
        keyspace.release();
        set.close();
        OffHeap.free(texts, TEXT_BYTES * (MemberPrefetch.MEMBERS_MAX + 2L));
    }

    @Test
    void run_findsTheElementsOfMembersThatAreThere_andNoOthers() {
        Random random = new Random(1);
        for (int size : new int[] {3_000, 4_000, 100_000}) {
            fill(size);
            for (int round = 0; round < 300; round++) {
                int there = 0;
                int taken = 2 + random.nextInt(MemberPrefetch.MEMBERS_MAX - 1);
                for (int i = 0; i < taken; i++) {
                    int number = random.nextInt(2 * size);
                    there += number < size ? 1 : 0;
                    take(i, number);
                }
                assertThat(prefetch.run()).isEqualTo(there);
            }
        }
    }

    @Test
    void run_ofSmallTrees_orOneMember_orMoreThanItTakes_doesNoHarm() {
        fill(600);
        take(0, 1);
        take(1, 2);
        assertThat(prefetch.run()).isZero();
        fill(100_000);
        take(0, 1);
        assertThat(prefetch.run()).isZero();
        for (int i = 0; i <= MemberPrefetch.MEMBERS_MAX; i++) {
            take(i, i);
        }
        assertThat(prefetch.run()).isEqualTo(MemberPrefetch.MEMBERS_MAX);
        assertThat(prefetch.run()).isZero();
    }

    /// Members are `m0` to `m<size - 1>`.
    private void fill(int size) {
        for (int i = (int) size(); i < size; i++) {
            int length = write(texts, i);
            set.open(keyspace, key, 1, hash, keyspace.find(key, 1, hash), CollectionLimits.DEFAULT).add(texts, length);
        }
    }

    private long size() {
        long e = keyspace.find(key, 1, hash);
        return e == 0 ? 0 : set.open(keyspace, e).size();
    }

    private void take(int i, int number) {
        long text = texts + (long) i * TEXT_BYTES;
        int length = write(text, number);
        prefetch.add(keyspace, keyspace.find(key, 1, hash), text, length);
    }

    private static int write(long text, int number) {
        OffHeap.putByte(text, (byte) 'm');
        return 1 + Ascii.writeLong(text + 1, number);
    }
}
