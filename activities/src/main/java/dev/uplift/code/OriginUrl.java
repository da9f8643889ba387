package dev.uplift.code;

import java.net.URISyntaxException;
import org.eclipse.jgit.transport.URIish;

/** The address that a checkout was cloned from, as somebody once typed it. */
record OriginUrl(String written) {
  static OriginUrl of(String url) {
    return new OriginUrl(url);
  }

  /**
   * The address for people and for a profile. The user of an ssh address stays: it is no secret,
   * and nobody else can fetch.
   */
  String shown() {
    try {
      URIish uri = new URIish(written);
      boolean web = uri.getScheme() != null && uri.getScheme().startsWith("http");
      if (uri.getPass() == null && !web) {
        return written;
      }
      String clean = (web ? uri.setUser(null) : uri).setPass(null).toPrivateString();
      return web ? clean.replaceFirst("[?#].*", "") : clean;
    } catch (URISyntaxException malformed) {
      return written.replaceFirst("://[^/]*@", "://").replaceFirst("[?#].*", "");
    }
  }
}
