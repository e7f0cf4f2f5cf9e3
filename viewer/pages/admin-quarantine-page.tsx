export function AdminQuarantinePage() {
  return null;
}
