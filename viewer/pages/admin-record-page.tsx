export function AdminRecordPage() {
  return null;
}
