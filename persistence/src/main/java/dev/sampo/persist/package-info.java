/// Data that outlive the process: the log of effects and its rewriting, snapshots, and recovery from both, on top of the
/// engine's [dev.sampo.engine.EffectLog].
package dev.sampo.persist;
