/// Looks at files without a server: [dev.sampo.persist.check.Source] recognises what is there, checks and repairs it, and
/// [dev.sampo.persist.check.Converter] writes its data in another form.
package dev.sampo.persist.check;
