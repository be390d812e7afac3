package dev.sampo.engine.command;

import java.util.List;
import java.util.Map;

/// Cases of one family for [EffectReplayTest], where it is registered: for every row that writes, by its full name, commands
/// that write, some with keys on several shards (`{x}` keys lie on one).
interface EffectCases {
    /// Commands that make the data the cases begin with. Keys of other families are `a` to `d` and `n` (strings).
    List<String> setup();

    Map<String, List<String>> cases();
}
