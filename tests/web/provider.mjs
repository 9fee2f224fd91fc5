// A provider of OpenID Connect for the tests: node provider.mjs PATH-OF-OIDC-PROVIDER PORT CLIENT SECRET REDIRECT
import { pathToFileURL } from 'node:url';

const [path, port, client, secret, redirect] = process.argv.slice(2);
const { default: Provider } = await import(pathToFileURL(path));
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: client, client_secret: secret, redirect_uris: [redirect] }],
  cookies: { keys: ['of tests'] },
  pkce: { required: () => true },
});
provider.listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'));
