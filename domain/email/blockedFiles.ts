/**
 * Endings of files that mail servers refuse whatever is in them, as they can do harm where they are opened.
 * Source: https://support.google.com/mail/answer/6590
 */
export const BLOCKED_FILES: ReadonlySet<string> = new Set(
  `ade adp apk appx appxbundle bat cab chm cmd com cpl diagcab diagcfg diagpkg dll dmg ex ex_ exe hta img ins iso isp
  jar jnlp js jse lib lnk mde mjs msc msi msix msixbundle msp mst nsh pif ps1 scr sct shb sys vb vbe vbs vhd vxd wsc
  wsf wsh xll`.split(/\s+/),
);

/** The same by what they say they are. */
export const BLOCKED_TYPES: ReadonlySet<string> = new Set([
  "application/hta",
  "application/java-archive",
  "application/javascript",
  "application/vnd.android.package-archive",
  "application/vnd.microsoft.portable-executable",
  "application/x-dosexec",
  "application/x-iso9660-image",
  "application/x-javascript",
  "application/x-ms-shortcut",
  "application/x-msdos-program",
  "application/x-msdownload",
  "application/x-msi",
  "text/javascript",
]);
