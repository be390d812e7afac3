package dev.sampo.bench;

import dev.sampo.bench.Workload.Data;
import dev.sampo.bench.Workload.ReadBack;
import dev.sampo.bench.Workload.Request;
import dev.sampo.bench.Workload.Step;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The table of workloads. A new one is a row here and nothing else.
final class Workloads {
    /// What is run when nothing is named.
    static final List<String> DEFAULT = List.of("get", "set", "incr", "mset", "publish", "mix");
    /// What one run of a consuming command may use up at most.
    static final long FILL = 2_000_000;

    private static final List<Step> NOTHING = List.of();
    private static final ReadBack REPLIES = new ReadBack.Replies();

    private final Map<String, Workload> rows = new LinkedHashMap<>();

    /// @param keys number of string keys and of counters
    /// @param members range of `{member}`
    /// @param valueBytes size of a value
    /// @param subscribers listeners of the publish workload
    Workloads(long keys, long members, int valueBytes, int subscribers) {
        ReplyCheck ok = ReplyCheck.ok();
        ReplyCheck value = ReplyCheck.bulk(valueBytes);
        ReplyCheck count = ReplyCheck.integerBetween(1, Long.MAX_VALUE);
        ReplyCheck added = ReplyCheck.integerBetween(0, 1);
        ReplyCheck element = ReplyCheck.bulk(RequestTemplate.DIGITS);
        Step wipe = new Step("DEL bench", added, 1);

        strings("get", "get", 'l', new Request("GET key:{key}", value));
        strings("set", "set", 's', new Request("SET key:{key} {value:s}", ok));
        strings("mset", "mset", 'm', new Request("MSET" + " key:{key} {value:m}".repeat(10), ok));
        strings("mix", "", 'x', new Request("GET key:{key}", value), new Request("SET key:{key} {value:x}", ok));
        row("incr", "incr", new Request("INCR ctr:{counter}", count), Data.COUNTERS, NOTHING, 0, new ReadBack.Counters());
        add(new Workload("publish", "publish", List.of(new Request("PUBLISH news {value:p}", ReplyCheck.integer(subscribers))),
                Data.NONE, NOTHING, 0, "news", REPLIES));

        row("lpush", "lpush", new Request("LPUSH bench {member}", count), Data.NONE, List.of(wipe), FILL,
                new ReadBack.Size("LLEN bench", 0, 1));
        row("rpush", "rpush", new Request("RPUSH bench {member}", count), Data.NONE, List.of(wipe), FILL,
                new ReadBack.Size("LLEN bench", 0, 1));
        List<Step> filledList = List.of(wipe, new Step("RPUSH bench {seq}", count, FILL));
        row("lpop", "lpop", new Request("LPOP bench", element), Data.NONE, filledList, FILL,
                new ReadBack.Size("LLEN bench", FILL, -1));
        row("rpop", "rpop", new Request("RPOP bench", element), Data.NONE, filledList, FILL,
                new ReadBack.Size("LLEN bench", FILL, -1));
        row("sadd", "sadd", new Request("SADD bench {member}", added), Data.NONE, List.of(wipe), 0,
                new ReadBack.SizeBetween("SCARD bench", 1, members));
        row("spop", "spop", new Request("SPOP bench", element), Data.NONE,
                List.of(wipe, new Step("SADD bench {seq}", ReplyCheck.integer(1), FILL)), FILL,
                new ReadBack.Size("SCARD bench", FILL, -1));
        row("hset", "hset", new Request("HSET bench {member} {value:h}", added), Data.NONE, List.of(wipe), 0,
                new ReadBack.SizeBetween("HLEN bench", 1, members));
        row("zadd", "zadd", new Request("ZADD bench {member} {member}", added), Data.NONE, List.of(wipe), 0,
                new ReadBack.SizeBetween("ZCARD bench", 1, members));
        row("zpopmin", "zpopmin", new Request("ZPOPMIN bench", ReplyCheck.array(2)), Data.NONE,
                List.of(wipe, new Step("ZADD bench {seq} {same}", ReplyCheck.integer(1), FILL)), FILL,
                new ReadBack.Size("ZCARD bench", FILL, -1));
        List<Step> shortList = List.of(wipe, new Step("RPUSH bench {seq}", count, 1000));
        row("lrange_100", "lrange", new Request("LRANGE bench 0 99", ReplyCheck.array(100)), Data.NONE, shortList, 0,
                new ReadBack.Size("LLEN bench", 1000, 0));
        row("lrange_600", "lrange", new Request("LRANGE bench 0 599", ReplyCheck.array(600)), Data.NONE, shortList, 0,
                new ReadBack.Size("LLEN bench", 1000, 0));
        row("xadd", "xadd", new Request("XADD bench * field {value:e}", ReplyCheck.bulkBetween(15, 24)), Data.NONE,
                List.of(wipe), FILL, new ReadBack.Size("XLEN bench", 0, 1));
    }

    private void strings(String name, String command, char letter, Request... cycle) {
        add(new Workload(name, command, List.of(cycle), Data.STRINGS, NOTHING, 0, "", new ReadBack.Strings(letter)));
    }

    private void row(String name, String command, Request request, Data data, List<Step> before, long budget, ReadBack readBack) {
        add(new Workload(name, command, List.of(request), data, before, budget, "", readBack));
    }

    private void add(Workload workload) {
        rows.put(workload.name(), workload);
    }

    Collection<String> names() {
        return rows.keySet();
    }

    /// The named rows in the given order.
    List<Workload> select(List<String> names) {
        List<Workload> selected = new ArrayList<>();
        for (String name : names) {
            Workload workload = rows.get(name);
            if (workload == null) {
                throw new IllegalArgumentException("no workload '" + name + "'; there are " + String.join(" ", rows.keySet()));
            }
            selected.add(workload);
        }
        return selected;
    }

    /// Steady churn with about `live` keys: four overwrites or inserts and one delete in five requests over 5/4 of the keys,
    /// with values of every size between `min` and `max` bytes. Its equilibrium is `live` keys.
    ///
    /// @return the requests of one cycle with the size of their value (0 for a delete)
    static List<SizedRequest> churn(int min, int max) {
        List<SizedRequest> requests = new ArrayList<>();
        for (int size = min; size <= max; size++) {
            for (int i = 0; i < 4; i++) {
                requests.add(new SizedRequest(new Request("SET key:{key} {value:c}", ReplyCheck.ok()), size));
            }
            requests.add(new SizedRequest(new Request("DEL key:{key}", ReplyCheck.integerBetween(0, 1)), max));
        }
        return requests;
    }

    /// @param request the request
    /// @param valueBytes size its value is compiled with
    record SizedRequest(Request request, int valueBytes) {
    }
}
