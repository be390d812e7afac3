package dev.sampo.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sampo.bench.RequestPages.Ranges;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LoadGeneratorTest {
    private static final String LINE = "SET key:{key} {value:s}";
    private static final int REQUEST_BYTES = RequestTemplate.compile(LINE, 64).bytes().length;

    @Test
    void closedLoop_sendsUpToTheLimitAndCountsEveryReply() throws IOException {
        try (FixedReplyServer server = new FixedReplyServer(REQUEST_BYTES, "+OK\r\n");
                LoadGenerator generator = generator(server, 16)) {
            generator.startRecording();
            generator.closedLoop(in(10), 20_000);
            generator.drain();
            assertThat(generator.sent()).isEqualTo(20_000);
            assertThat(generator.replies()).isEqualTo(20_000);
            assertThat(generator.mismatches()).isZero();
            assertThat(generator.latency().getTotalCount()).isBetween(1000L, 20_000L / 16);
            assertThat(server.requests()).isEqualTo(20_000);
        }
    }

    @Test
    void closedLoop_endsWithItsTimeAndGoesOnWhenCalledAgain() throws IOException {
        try (FixedReplyServer server = new FixedReplyServer(REQUEST_BYTES, "+OK\r\n");
                LoadGenerator generator = generator(server, 1)) {
            generator.closedLoop(System.nanoTime() + 50_000_000, Long.MAX_VALUE);
            long first = generator.sent();
            generator.closedLoop(System.nanoTime() + 50_000_000, Long.MAX_VALUE);
            generator.drain();
            assertThat(first).isPositive();
            assertThat(generator.sent()).isGreaterThan(first);
            assertThat(server.requests()).isEqualTo(generator.sent());
        }
    }

    @Test
    void unexpectedReplies_areCounted() throws IOException {
        try (FixedReplyServer server = new FixedReplyServer(REQUEST_BYTES, "-ERR no\r\n");
                LoadGenerator generator = generator(server, 1)) {
            generator.closedLoop(in(10), 100);
            generator.drain();
            assertThat(generator.mismatches()).isEqualTo(100);
            assertThat(generator.firstMismatch()).contains("-ERR no");
        }
    }

    @Test
    void openLoop_keepsItsRate() throws IOException {
        try (FixedReplyServer server = new FixedReplyServer(REQUEST_BYTES, "+OK\r\n");
                LoadGenerator generator = generator(server, 1)) {
            generator.startRecording();
            generator.openLoop(System.nanoTime() + 300_000_000, 100_000);
            generator.drain();
            assertThat(generator.sent()).isBetween(2_000L, 3_001L);
            assertThat(generator.latency().getTotalCount()).isEqualTo(generator.sent());
            assertThat(generator.lag().getTotalCount()).isEqualTo(generator.sent());
        }
    }

    @Test
    void openLoop_ofBatches_isRefused() throws IOException {
        try (FixedReplyServer server = new FixedReplyServer(REQUEST_BYTES, "+OK\r\n");
                LoadGenerator generator = generator(server, 2)) {
            assertThatThrownBy(() -> generator.openLoop(in(1), 1000)).hasMessageContaining("single requests");
        }
    }

    private static LoadGenerator generator(FixedReplyServer server, int pipeline) throws IOException {
        RequestPages pages = new RequestPages(List.of(RequestTemplate.compile(LINE, 64)), List.of(ReplyCheck.ok()), pipeline,
                new Ranges(1000, 1, 1), 1);
        return new LoadGenerator(server.address(), pages, 5, 0, "");
    }

    private static long in(int seconds) {
        return System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    }
}
