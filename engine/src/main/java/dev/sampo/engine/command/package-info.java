/// The command table and the families of commands on data. A family's rows stand beside its handlers; adding a command
/// is a row, a handler, its documentation in `commands/*.conf` and a test.
package dev.sampo.engine.command;
