/// Data that outlive the process: the log of effects and its rewriting, snapshots, and recovery from both, on top of the
/// engine's [dev.sampo.engine.EffectLog]. This version of Sampo keeps everything in memory and refuses the settings that would
/// promise more, so there is nothing else here yet.
package dev.sampo.persist;
