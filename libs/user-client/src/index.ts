export { RecipientDirectory } from './recipient-directory';
