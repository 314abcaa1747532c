// An OpenID Connect issuer for tests: oauth2-mock-server with one RSA key and
// the claims of one person. Prints its address; ends with its standard input.
import {createRequire} from 'node:module'

const require = createRequire(process.argv[2] + '/')
const {OAuth2Server} = require('oauth2-mock-server')
const server = new OAuth2Server()

await server.issuer.keys.generate('RS256')
server.service.on('beforeTokenSigning', token => {
  Object.assign(token.payload, {
    email: 'alice@example.org', groups: ['cardiology', 'night'], level: 3,
    active: true, realm_access: {roles: ['senior']},
  })
})
await server.start(0, '127.0.0.1')
console.log(server.issuer.url)
process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
