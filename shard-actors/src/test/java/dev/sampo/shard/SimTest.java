package dev.sampo.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/// Seeded simulations of a whole node, and the situations in which they once found a mistake.
/// `-Dsampo.sim.seeds=100000 -Dsampo.sim.first=1 -Dsampo.sim.steps=5000` runs more of them.
class SimTest {
    private static final int SEEDS = Integer.getInteger("sampo.sim.seeds", 400);
    private static final long FIRST = Long.getLong("sampo.sim.first", 1);
    private static final int STEPS = Integer.getInteger("sampo.sim.steps", 2000);
    /// Schedules that each situation is tried under.
    private static final int SCHEDULES = 60;

    @Test
    void node_underRandomSchedules_isStrictlySerializableAndLive() {
        Map<String, Long> total = new TreeMap<>();
        for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
            int shards = 1 + (int) (seed % 4);
            Simulation.run(seed, STEPS, shards).forEach((name, value) -> total.merge(name, value, Long::sum));
        }
        System.out.println(SEEDS + " simulated nodes: " + total);
        assertThat(total).allSatisfy((name, value) -> assertThat(value).as(name).isPositive());
    }

    @Test
    void run_ofTheSameSeed_isTheSameRun() {
        assertThat(Simulation.run(42, STEPS, 3)).isEqualTo(Simulation.run(42, STEPS, 3));
    }

    @Test
    void requestBehindSpanningOne_cutInItsMidst_isParsedAfresh() {
        check((sim, seed) -> {
            SimClient client = sim.join(0);
            client.executed("MGET", sim.keyOn(0), sim.keyOn(1));
            String[] wide = new String[61];
            for (int i = 0; i < wide.length; i++) {
                wide[i] = i == 0 ? "MSET" : i % 2 == 0 ? "v".repeat(2000) : sim.keyOn(i / 2 % 2);
            }
            client.executed(wide);
        });
    }

    @Test
    void bytesBehindSpanningRequest_beyondWhatIsReadAhead_areReadLater() {
        check((sim, seed) -> {
            SimClient client = sim.join(0);
            client.executed("MGET", sim.keyOn(0), sim.keyOn(1));
            for (int i = 0; i < 40; i++) {
                client.executed("SET", sim.keyOn(i % 2), "v".repeat(60_000));
            }
        });
    }

    @Test
    void clientWaitingForLeasedShard_thatVanishes_doesNotTakeTheNextGrantWithIt() {
        check((sim, seed) -> {
            for (int i = 0; i < 2; i++) {
                sim.join(1).executed("MGET", sim.keyOn(0), sim.keyOn(1));
                SimClient leaving = sim.join(0);
                leaving.executed("GET", sim.keyOn(0));
                sim.wander(10 + sim.random(40));
                leaving.disconnect();
            }
        });
    }

    @Test
    void execThatWaitsForOtherCores_inItsMidst_keepsItsShardsToItself() {
        check((sim, seed) -> {
            for (int core = 0; core < 2; core++) {
                SimClient client = sim.join(core);
                client.executed("MGET", sim.keyOn(0), sim.keyOn(1));
                client.multi();
                client.executed("INCR", sim.keyOn(core));
                client.session(null, "CLIENT", "LIST");
                client.executed("INCR", sim.keyOn(1 - seed % 2));
                client.exec(null);
                for (int i = 0; i < 3; i++) {
                    SimClient other = sim.join(core);
                    other.executed("SET", sim.keyOn(i % 2), "v");
                    other.executed("MGET", sim.keyOn(0), sim.keyOn(1));
                    other.executed("GET", sim.keyOn(core));
                }
            }
        });
    }

    /// Runs a situation on two cores under many schedules; everybody must get what is due.
    private static void check(BiConsumer<SimScheduler, Integer> situation) {
        for (int seed = 1; seed <= SCHEDULES; seed++) {
            try (SimScheduler sim = new SimScheduler(seed, 2, false)) {
                situation.accept(sim, seed);
                sim.wander(sim.random(200));
                sim.quiesce();
                sim.leave();
                assertThat(sim.counts().get("executions")).isPositive();
            }
        }
    }
}
