/// Tests of a Redis server from outside, over TCP; `testkit/run <tool>` starts each of them by hand.
///
/// | tool | shows |
/// | --- | --- |
/// | [dev.sampo.testkit.PlayTranscripts] | golden conversations (`transcripts/`), which `redis-server` has confirmed |
/// | [dev.sampo.testkit.Fuzz] | random pipelines answered as by `redis-server`, shrunk when not |
/// | [dev.sampo.testkit.IsolationChecker] | no command, block or transaction is ever seen half done |
/// | [dev.sampo.testkit.OddArguments], [dev.sampo.testkit.RandomBytes] | no input brings the server down or shifts replies |
/// | [dev.sampo.testkit.ConnectionFlood] | what connections cost, and that slow readers hinder nobody |
///
/// They know a server as a [dev.sampo.testkit.ServerUnderTest], and never look inside.
package dev.sampo.testkit;
