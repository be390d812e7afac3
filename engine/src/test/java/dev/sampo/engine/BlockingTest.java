package dev.sampo.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.keyspace.SlotMap;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// How commands block and wake, on the commands of [BlockingRows].
class BlockingTest {
    private final EngineFixture engine = new EngineFixture(BlockingRows.addTo(CommandTable.engine()).build(), 3, 1);
    private long client;

    @AfterEach
    void close() {
        assertThat(engine.faults()).isEmpty();
        engine.close();
    }

    /// Runs a command as the next client; what it replies.
    private String as(String line) {
        engine.newSession();
        client = engine.session().id();
        return EngineFixture.text(engine.run(line));
    }

    private long block(String line) {
        assertThat(as(line)).isEqualTo("+(blocked)");
        return client;
    }

    private String served() {
        return String.join(" ", engine.served().stream().map(Object::toString).toList());
    }

    @Test
    void waiters_areServedInTheOrderInWhichTheyCame() {
        long one = block("TAKE a b 0");
        long two = block("TAKE b 0");
        long three = block("TAKE a 0");
        as("SET b 1");
        assertThat(served()).isEqualTo(one + " \"1\"");
        as("SET a 2");
        assertThat(served()).isEqualTo(three + " \"2\"");
        as("SET b 3");
        assertThat(served()).isEqualTo(two + " \"3\"");
        assertThat(engine.blocked()).isEmpty();
        assertThat(as("EXISTS a b")).isEqualTo(":0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"SET k v", "MSET j x k v", "RENAME src k", "RENAMENX src k", "COPY src k", "APPEND k v", "SETRANGE k 0 v", "GETSET k v"})
    void everyWayToMakeAKey_wakes(String push) {
        as("SET src v");
        long waiter = block("TAKE k 0");
        as(push);
        assertThat(served()).isEqualTo(waiter + " \"v\"");
        assertThat(as("EXISTS k")).isEqualTo(":0");
    }

    @Test
    void moveAndSwapOfDatabases_wake() {
        long waiter = block("TAKE k 0");
        engine.newSession();
        engine.session().db(1);
        engine.run("SET k v");
        assertThat(served()).isEmpty();
        engine.run("MOVE k 0");
        assertThat(served()).isEqualTo(waiter + " \"v\"");
        waiter = block("TAKE k 0");
        engine.session().db(1);
        engine.run("SET k w");
        engine.run("SWAPDB 0 1");
        assertThat(served()).isEqualTo(waiter + " \"w\"");
    }

    @Test
    void chainOfMoves_servesAlongTheChain() {
        long last = block("TAKE c 0");
        long second = block("TAKETO b c 0");
        long first = block("TAKETO a b 0");
        as("SET a v");
        assertThat(served()).isEqualTo(first + " \"v\" " + second + " \"v\" " + last + " \"v\"");
        assertThat(as("EXISTS a b c")).isEqualTo(":0");
    }

    @Test
    void waiterThatBlocksAgain_keepsItsPlaceAndHoldsNobodyUp() {
        engine.run("SET k 1");
        long one = block("SEE k 1 0");
        long two = block("TAKE l k2 0");
        long three = block("SEE k 1 0");
        as("SET k 1");
        assertThat(served()).isEmpty();
        as("SET k 2");
        assertThat(served()).isEqualTo(one + " \"2\" " + three + " \"2\"");
        assertThat(engine.blocked()).containsExactly(two);
        engine.timeOut(two);
    }

    @Test
    void removal_wakesWhoAskedForIt() {
        as("SET k 1");
        long one = block("SEE k ! 0");
        long two = block("SEE k 1 0");
        as("DEL k");
        assertThat(served()).isEqualTo(one + " -GONE it is");
        assertThat(engine.blocked()).containsExactly(two);
        assertThat(engine.shard(0).waits().removalKeys() + engine.shard(1).waits().removalKeys() + engine.shard(2).waits().removalKeys()).isZero();
        as("SET k 2");
        assertThat(served()).isEqualTo(two + " \"2\"");
    }

    @Test
    void replacedArgument_countsWhenTheRequestRunsAgain() {
        as("SET k 1");
        long waiter = block("SEE k $ 0");
        as("SET k 1");
        assertThat(served()).isEmpty();
        as("SET k 2");
        assertThat(served()).isEqualTo(waiter + " \"2\"");
    }

    @Test
    void timeout_answersNullAndFreesThePlace() {
        long one = block("TAKE k 1.5");
        long two = block("TAKE k 0");
        assertThat(engine.deadlineOf(one)).isEqualTo(EngineFixture.START_MILLIS + 1_500);
        assertThat(engine.deadlineOf(two)).isEqualTo(Long.MAX_VALUE);
        assertThat(EngineFixture.text(engine.timeOut(one))).isEqualTo("nil");
        as("SET k v");
        assertThat(served()).isEqualTo(two + " \"v\"");
    }

    @Test
    void timeouts_areReadAsRedisDoes() {
        String[][] cases = {{"x", "-ERR timeout is not a float or out of range"}, {"-1", "-ERR timeout is negative"}, {"-0.0001", "+(blocked)"},
            {"1e300", "-ERR timeout is out of range"}, {"inf", "-ERR timeout is out of range"}, {"9223372036854775", "-ERR timeout is out of range"},
            {"nan", "-ERR timeout is not a float or out of range"}, {"", "-ERR timeout is not a float or out of range"}, {"0.0001", "+(blocked)"}};
        for (String[] each : cases) {
            engine.newSession();
            assertThat(EngineFixture.text(engine.call("TAKE", "k", each[0]))).as(each[0]).isEqualTo(each[1]);
        }
        assertThat(engine.deadlineOf(engine.session().id())).isEqualTo(EngineFixture.START_MILLIS + 1);
        engine.call("SET", "k", "1");
        engine.call("SET", "k", "1");
        for (String[] each : new String[][] {{"0.1", "100"}, {"0.0015", "2"}, {"1e-1", "100"}, {"0x1p-1", "500"}, {"3", "3000"}}) {
            long waiter = block("TAKE k " + each[0]);
            assertThat(engine.deadlineOf(waiter)).as(each[0]).isEqualTo(EngineFixture.START_MILLIS + Long.parseLong(each[1]));
            engine.timeOut(waiter);
        }
        assertThat(engine.served()).hasSize(2);
    }

    @Test
    void expiredKey_isNothingToTake() {
        as("SET k v PX 10");
        as("TAKE k 0");
        long waiter = block("TAKE k 0");
        as("SET k v PXAT 1");
        assertThat(served()).isEmpty();
        as("SET k v");
        assertThat(served()).isEqualTo(waiter + " \"v\"");
    }

    @Test
    void whereNobodyMayBlock_theReplyIsNull() {
        engine.context().blockable(false);
        assertThat(as("TAKE k 0")).isEqualTo("nil");
        assertThat(as("TAKETO k l 0")).isEqualTo("nil");
        assertThat(engine.blocked()).isEmpty();
    }

    @Test
    void blockedCommand_isCountedWhenItIsAnswered() {
        int id = engine.table().find("take").id();
        block("TAKE k 0");
        assertThat(engine.context().stats().calls(id)).isZero();
        as("SET k v");
        assertThat(engine.context().stats().calls(id)).isEqualTo(1);
        assertThat(engine.served()).hasSize(1);
    }

    @Test
    void effects_areThoseOfTheAnsweredCommand() {
        block("TAKETO a b 0");
        block("TAKE b 0");
        engine.effects().clear();
        as("SET a v");
        assertThat(engine.effects().texts()).containsExactly("SET a v", "DEL a", "SET b v", "DEL b");
        engine.served();
    }

    /// A waiter whose shards are not all at hand claims its key: those behind it wait, and it is told once.
    @Test
    void waiterWithShardsElsewhere_claimsItsKey() {
        String[] keys = keysOnShards();
        long spanning = block("TAKE " + keys[0] + " " + keys[1] + " 0");
        long single = block("TAKE " + keys[0] + " 0");
        Shard home = engine.shard(0);
        var driver = new SingleShardDriver();
        engine.context().single(home);
        push(keys[0]);
        engine.context().serve(1, driver);
        assertThat(home.waits().isClaimed()).isTrue();
        assertThat(driver.summoned).extracting(Session::id).containsExactly(spanning);
        push(keys[0]);
        engine.context().serve(1, driver);
        assertThat(driver.summoned).hasSize(1);
        // It gives up: the one behind it is due.
        Waiter gone = driver.summoned.getFirst();
        assertThat(gone.end()).isTrue();
        engine.context().forget(gone, home);
        assertThat(engine.context().hasReady()).isTrue();
        assertThat(home.waits().isClaimed()).isFalse();
        engine.context().serve(1, driver);
        assertThat(driver.ran).containsExactly(single);
        engine.context().forget(gone, engine.shard(1));
        assertThat(engine.shard(1).waits().isEmpty() && home.waits().isEmpty()).isTrue();
    }

    private final class SingleShardDriver implements WaiterDriver {
        final List<Waiter> summoned = new ArrayList<>();
        final List<Long> ran = new ArrayList<>();

        @Override
        public boolean rerun(Waiter waiter) {
            ran.add(waiter.id());
            return true;
        }

        @Override
        public void summon(Waiter waiter) {
            summoned.add(waiter);
        }
    }

    private void push(String key) {
        try (var request = new EngineFixture.Request("SET".getBytes(StandardCharsets.US_ASCII), key.getBytes(StandardCharsets.US_ASCII),
            "v".getBytes(StandardCharsets.US_ASCII)); var out = new FixtureOutput()) {
            engine.context().run(engine.table().find("set"), request.args, out.writer);
        }
    }

    /// One key on each shard.
    private String[] keysOnShards() {
        String[] keys = new String[engine.shards()];
        for (int i = 0, found = 0; found < keys.length; i++) {
            byte[] name = ("key" + i).getBytes(StandardCharsets.US_ASCII);
            try (var request = new EngineFixture.Request(name)) {
                int shard = SlotMap.shard(
                    SlotMap.slot(request.args.address(0), request.args.length(0)), keys.length);
                if (keys[shard] == null) {
                    keys[shard] = "key" + i;
                    found++;
                }
            }
        }
        return keys;
    }
}
