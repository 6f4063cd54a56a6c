// Asks for a URL through a proxy that asks for name and password, as java.net.http does it: URL, proxy host, port, user, password, CA file.
// Prints the status, or what went wrong.

import java.io.FileInputStream;
import java.net.Authenticator;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

public class Asked {
  public static void main(String[] args) throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(new FileInputStream(args[5])));
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, trust.getTrustManagers(), null);
    HttpClient.Builder client = HttpClient.newBuilder()
        .sslContext(tls)
        .proxy(ProxySelector.of(new InetSocketAddress(args[1], Integer.parseInt(args[2]))));
    if (!args[3].isEmpty()) {
      client.authenticator(new Authenticator() {
        @Override
        protected PasswordAuthentication getPasswordAuthentication() {
          return new PasswordAuthentication(args[3], args[4].toCharArray());
        }
      });
    }
    try {
      System.out.println(client.build().send(HttpRequest.newBuilder(URI.create(args[0])).build(), HttpResponse.BodyHandlers.ofString()).statusCode());
    } catch (Exception error) {
      System.out.println(error);
    }
  }
}
