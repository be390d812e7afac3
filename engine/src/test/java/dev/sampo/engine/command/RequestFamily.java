package dev.sampo.engine.command;

import java.util.List;
import java.util.Random;

/// Random requests of one family, right ones and wrong ones, whose replies depend neither on chance nor on the time.
/// Registered in [RandomRequests].
interface RequestFamily {
    /// The words of the next request.
    List<String> next(Random random);

    /// One of these texts.
    static String one(Random random, String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    /// A key: mostly one of the family, so that most commands find their own type, sometimes one of all families.
    static String key(Random random, String family) {
        return random.nextInt(8) == 0 ? one(random, RandomRequests.KEYS) : one(random, "a", "b", "{a}1", "{a}2", "{b}") + family;
    }
}
