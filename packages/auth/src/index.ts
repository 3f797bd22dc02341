export { type Credentials, parseKeyFile, parseToolsYaml } from './credentials.ts';
export { type SignableRequest, signRequests } from './sign-request.ts';
export { AuthField, signatureOf, signedValues, UNIQUE_KEY_QUERY_FIELD } from './signature.ts';
